"""What a connection reads comes out as it went in, however it was cut on the way."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_core.wire.stream import Reader, Writer


class Cut:
    """A socket that hands out given pieces, each split where the reader asks for less."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def recv(self, size: int) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]


PIECES = st.lists(st.lists(st.sampled_from([b"\n", b"a", b"\r", b"bc"]), min_size=1, max_size=9).map(b"".join))


@given(pieces=PIECES, sizes=st.lists(st.integers(1, 7), min_size=1))
def test_lines_are_those_of_the_standard_library(pieces: list[bytes], sizes: list[int]):
    """Wherever the network cut them, and however short the reader wants them."""
    reader, reference = Reader(Cut(list(pieces))), io.BytesIO(b"".join(pieces))  # type: ignore[arg-type]

    for size in sizes:
        assert reader.readline(size) == reference.readline(size)


@given(pieces=PIECES, size=st.integers(1, 5))
def test_a_line_and_then_pieces_lose_nothing(pieces: list[bytes], size: int):
    """A head is read by lines and its body by pieces, from the same buffer."""
    reader = Reader(Cut(list(pieces)))  # type: ignore[arg-type]

    read = reader.readline(100)
    while piece := reader.read1(size):
        assert len(piece) <= size
        read += piece

    assert read == b"".join(pieces)
    assert reader.bytes_read == len(read)
    assert not reader.has_data()


def test_what_was_read_too_early_is_known_to_be_there():
    """The next request came with this one: no selector would see it."""
    reader = Reader(Cut([b"one\ntwo"]))  # type: ignore[arg-type]

    reader.readline(100)

    assert reader.has_data()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_a_writer_sends_at_once(pair: tuple[socket.socket, socket.socket]):
    """A client that waits for `100 Continue` gets it."""
    Writer(pair[0]).write(b"now")

    assert pair[1].recv(10) == b"now"


def test_a_held_writer_sends_when_released(pair: tuple[socket.socket, socket.socket]):
    """Head and body travel together."""
    writer = Writer(pair[0])
    writer.hold()
    writer.write(b"head, ")
    writer.write(b"body")
    with pytest.raises(BlockingIOError):
        pair[1].recv(10)

    writer.release()

    assert pair[1].recv(20) == b"head, body"
    assert writer.bytes_written == 10


def test_a_held_writer_holds_no_more_than_a_piece(pair: tuple[socket.socket, socket.socket]):
    """A download of a gigabyte is sent while it is made."""
    writer = Writer(pair[0])
    writer.hold()

    writer.write(b"x" * 64 * 1024)

    assert pair[1].recv(1) == b"x"
