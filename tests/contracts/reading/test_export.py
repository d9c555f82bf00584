"""The cohort export: what is wrong with a CSV is found on its line, and nothing is repaired."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadMemberships
from contracts.limits import LONGEST_LINE
from contracts.reading import read_export, user_ids

HEAD = b'"amplitude_id","user_id"\n'
IDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), min_size=16, max_size=24
)


def faults(data: bytes) -> list[tuple[str, int]]:
    """Return code and line of each fault."""
    return [(fault.code, fault.line) for fault in read_export(io.BytesIO(data))]


def quoted(*fields: str) -> bytes:
    """Write a row as Amplitude does."""
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields).encode() + b"\n"


@given(
    st.lists(IDS, unique_by=lambda text: "".join(text.split()).casefold(), max_size=6),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_any_ids_are_fine_when_they_are_written_right(ids: list[str], ending: bytes) -> None:
    """Commas, quotes, other alphabets: an id is what stands in the quotes."""
    kept = [user for user in ids if not (user[0] == '"' == user[-1])]
    rows = b"".join(quoted(str(1_610_000_000_000 + index), user) for index, user in enumerate(kept))

    assert faults((HEAD + rows).replace(b"\n", ending)) == []


def test_anonymous_members_are_no_fault() -> None:
    """They are in every export, and are skipped."""
    assert faults(HEAD + quoted("1610450763183", "") + quoted("1610450763184", "")) == []


def test_a_line_break_in_an_id_is_one_row() -> None:
    """The row after it still has its right line."""
    assert faults(HEAD + quoted("1", "user\n001") + quoted("x", "user-002")) == [("X508", 3), ("X505", 4)]


def test_a_bad_row_does_not_hide_the_next() -> None:
    """Each fault has its line."""
    data = HEAD + quoted("1", "a,b", "c") + b'"2","b"x\n' + quoted("1.6E+12", "user-003") + quoted("4", "null")

    assert faults(data) == [("X504", 2), ("X514", 3), ("X505", 4), ("X511", 5)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "X515"),
        (b"\x1f\x8b\x08\x00", "X501"),
        (b"<html>", "X501"),
        (b'{"error": 1}', "X501"),
        (b'"amplitudeID","userID"\n', "X502"),
        (HEAD + b'"1","user-0', "X514"),
    ],
)
def test_what_is_no_export_is_not_an_empty_cohort(data: bytes, code: str) -> None:
    """Taken for an empty cohort, each of these would make everybody leave."""
    assert [found for found, _ in faults(data)] == [code]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'"Amplitude_id","Operation","user_id","Skip_detected"\n"1","removed","u","false"\n', [("X519", 1)]),
        (b'"operation","SKIP_DETECTED","user_id"\n"added","false","u"\n', [("X519", 1)]),
        (b'"\tamplitude_id","\tuser_id"\n"\t1","\tu"\n', [("X520", 1)]),
        (b"\tuser_id\n\tu\n", [("X520", 1)]),
        (b"'amplitude_id,'user_id\n'1,'u\n", [("X520", 1)]),
        (b'="user_id"\n="u"\n', [("X520", 1)]),
        (HEAD + HEAD + quoted("1", "user-001"), [("X521", 2)]),
        (HEAD + quoted("1", "user-001") + HEAD + quoted("x", "user-002"), [("X521", 3), ("X505", 4)]),
        (b'"user_id","user_id"\n"a","b"\n', [("X521", 1)]),
        (b'"1610450763183","user-001"\n"1610450763184","user-002"\n', [("X522", 1)]),
        (b"user-001\nuser-002\n", [("X522", 1)]),
        (b"ada@example.com\n", [("X522", 1)]),
        (b"amplitude_id;user_id\n1;2\n", [("X502", 1)]),
        (b"email\nada@example.com\n", [("X502", 1)]),
    ],
)
def test_a_header_that_is_none_or_another_is_named(data: bytes, found: list[tuple[str, int]]) -> None:
    """A history, a guard against formulas, two files in one, no header: each would make other members."""
    assert faults(data) == found
    with pytest.raises(BadMemberships, match=found[0][0]):
        list(user_ids(io.BytesIO(data)))


class Endless(io.RawIOBase):
    """Be a file of some bytes and then of one letter, without end in sight."""

    def __init__(self, start: bytes, size: int) -> None:
        self._start, self.left = start, size

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        piece = self._start or b"x" * min(len(buffer), max(self.left, 0))
        self._start, self.left = b"", self.left - len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("start", [HEAD + b'"1","', HEAD + b"1,", b"", b'"'])
def test_a_quote_or_a_line_without_end_is_given_up(start: bytes) -> None:
    """It is told where it begins, and of a file of a gigabyte only a few megabytes are read."""
    endless = Endless(start, 1 << 30)

    (fault,) = read_export(io.BufferedReader(endless))

    assert (fault.code, fault.line) == ("X514", start.count(b"\n") + 1)
    assert endless.left > (1 << 30) - 4 * LONGEST_LINE


def test_a_quote_that_is_never_closed_is_told_where_it_begins() -> None:
    """The rows after it are in the field, and are not guessed at."""
    rows = [quoted(str(number), f"user-{number}") for number in range(9)]

    assert faults(HEAD + rows[0] + b'"1","user\n' + b"2,a\n3,b\n") == [("X514", 3)]


@given(st.lists(IDS, max_size=6))
def test_members_are_the_ids_of_the_rows(ids: list[str]) -> None:
    """Those without an id are left out, as a sync leaves them out."""
    rows = b"".join(quoted(str(index), user) for index, user in enumerate([*ids, ""]))

    assert list(user_ids(io.BytesIO(HEAD + rows))) == ids


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    """Nothing raises, and every fault has a line."""
    assert all(line >= 1 for _, line in faults(HEAD + data) + faults(data))
