"""Reading: whatever a file holds, each fault has its line and column, and the rest of the file is read."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.limits import LONGEST_LINE
from contracts.reading import Fault, Record, read

A = b'{"type":"identify","userId":"a"}'
B = b'{"type":"identify","userId":"b"}'
PRETTY = json.dumps({"type": "identify", "userId": "a", "traits": {"x": 1}}, indent=2).encode()


def users(data: bytes) -> list[Any]:
    """Return the user ids of what was read."""
    return [
        part.value.get("userId")
        for part in read(io.BytesIO(data))
        if isinstance(part, Record) and isinstance(part.value, dict)
    ]


def faults(data: bytes) -> list[tuple[str, int, int]]:
    """Return code, line and column of each fault."""
    return [(part.code, part.line, part.column) for part in read(io.BytesIO(data)) if isinstance(part, Fault)]


@pytest.mark.parametrize(
    "data",
    [
        A + b"\n" + B + b"\n",
        A + b"\n" + B,
        A + b"\r\n" + B + b"\r\n",
        A + b"\r" + B,
        b"\n\n" + A + b"\n\n" + B + b"\n\n",
        b"[" + A + b"," + B + b"]",
        b"[\n  " + A + b",\n  " + B + b"\n]\n",
        b"[" + A + b"]\n[" + B + b"]\n",
        A + b"\n[" + B + b"]\n",
    ],
    ids=["lines", "no-end", "crlf", "cr", "blank-lines", "array", "pretty-array", "array-lines", "mixed"],
)
def test_every_shape_gives_the_same_events(data: bytes) -> None:
    """NDJSON and arrays, however they are laid out, hold the same events."""
    assert users(data) == ["a", "b"]


def test_a_document_over_several_lines_is_one_event() -> None:
    """A pretty-printed event is not taken for NDJSON."""
    assert users(PRETTY) == ["a"]
    assert faults(PRETTY) == []


def test_a_batch_envelope_is_one_record() -> None:
    """The envelope is judged as a whole, so it is not taken apart here."""
    (record,) = read(io.BytesIO(b'{"batch":[' + A + b"]}"))

    assert isinstance(record, Record)
    assert record.value == {"batch": [json.loads(A)]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (A + b"\nnot json\n" + B, [("J001", 2, 1)]),
        (A + b'\n{"userId":NaN}\n' + B, [("J002", 2, 11)]),
        (b"\xef\xbb\xbf" + A + b"\n" + B, [("J003", 1, 1)]),
        (A + b'\n{"userId":"x\n' + B, [("J004", 2, 13)]),
        (A[:-1] + b"\n" + A + b"\n" + B, [("J004", 1, 32)]),
        (A + b"\n" + B + b'\n{"a":1,"a":2}', [("J005", 3, 8)]),
        (A + b"\n" + b"[" * 2000 + b"]" * 2000 + b"\n" + B, [("J006", 2, 1027)]),
        (A + b'\n{"x":"\xff"}\n' + B, [("J007", 2, 7)]),
        (A + b'\n{"x":"\\udc00"}\n' + B, [("J008", 2, 7)]),
        (A + b'\n{"x":1,}\n' + B, [("J009", 2, 7)]),
        (A + b"\x00\x00\n" + A + b"\n" + B, [("J010", 1, 33)]),
        (A + A + b"\n" + A + b"\n" + B, [("J011", 1, 33)]),
        (A + b"\n" + b"x" * (3 * LONGEST_LINE) + b"\n" + B, [("J015", 2, LONGEST_LINE + 1)]),
        (A + b"\r\n" + A + b"\n" + B + b"\n", [("J016", 2, 33)]),
        (b"[" + A + b',\n {"x":NaN},\n ' + B + b"]", [("J002", 2, 7)]),
        (b"[" + A + b",\n" + B + b",\n" + B[:20], [("J004", 3, 21)]),
        (b"[" + A + b",\n" + B, [("J004", 2, 33)]),
        (b"[\n" + A + b",\n,\n" + B + b"]", [("J009", 3, 1)]),
        (b'[\n "x\xff",\n' + A + b"," + B + b"]", [("J007", 2, 4)]),
        (b'{"batch":[' + A + b',{"x":[1,]},' + B + b"]}", [("J009", 1, 51)]),
    ],
)
def test_a_fault_is_placed_and_the_rest_is_read(data: bytes, expected: list[tuple[str, int, int]]) -> None:
    """A fault never hides what comes after it, where there is anything after it."""
    assert faults(data) == expected
    assert "a" in users(data)
    assert "b" in users(data) or data.endswith((B[:20], b'"a":2}'))


@pytest.mark.parametrize("data", [b"", b"\n \n", b"[]", b"\xff\xfe{\x00}\x00", b"\x1f\x8b\x08\x00rest"])
def test_a_file_without_events_says_so(data: bytes) -> None:
    """An empty check must never look like a passed one."""
    found = list(read(io.BytesIO(data)))

    assert len(found) == 1
    assert isinstance(found[0], Fault)


def test_a_huge_line_is_never_held() -> None:
    """Fifty megabytes on one line cost one line's limit of memory, and are counted all the same."""

    class Counting(io.BytesIO):
        longest = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            Counting.longest = max(Counting.longest, len(line))
            return line

    size = 50_000_000
    found = list(read(Counting(A + b"\n" + b'{"x":"' + b"y" * size + b'"}\n' + B)))

    assert [type(part) for part in found] == [Record, Fault, Record]
    assert found[1].reason == f"{size + 9:,} bytes"  # type: ignore[union-attr]
    assert Counting.longest <= LONGEST_LINE + 1


def test_an_array_on_one_huge_line_is_read() -> None:
    """An export of many events as one array is legal, however long the line."""
    many = b"[" + b",".join([A] * (2 * LONGEST_LINE // len(A))) + b"]"

    found = list(read(io.BytesIO(many)))

    assert len(found) == 2 * LONGEST_LINE // len(A)
    assert all(isinstance(part, Record) for part in found)


LINES = st.sampled_from([A, B, b"", b"junk", b'{"x":NaN}', b"\xff", b'{"a":1,"a":1}', PRETTY])


@given(st.lists(LINES, max_size=8))
def test_any_mixture_of_lines_is_read_to_its_end(lines: list[bytes]) -> None:
    """Nothing raises, and every whole line between faults is a record."""
    data = b"\n".join(line.replace(b"\n", b"") for line in lines)

    found = list(read(io.BytesIO(data)))

    assert found
    assert users(data).count("a") == lines.count(A) + lines.count(PRETTY)
    assert users(data).count("b") == lines.count(B)


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    """Whatever it is, something is said about it, with a place in it."""
    found = list(read(io.BytesIO(data)))

    assert found
    assert all(part.line >= 1 and part.column >= 1 for part in found)


@pytest.mark.parametrize(
    ("data", "expected", "read_users"),
    [
        (b'{"sentAt":,"batch":[' + A + b"," + B + b"]}", [("J001", 1, 11)], ["a", "b"]),
        (b'{"batch":[' + A + b"," + B + b'],"sentAt":}', [("J001", 1, 87)], ["a", "b"]),
        (
            b"{sentAt:1,\n" + b'"batch":[' + A + b',{"a":1,"a":2},' + B,
            [("J001", 1, 2), ("J004", 2, 89)],
            ["a", None, "b"],
        ),
        (b"[" + A + b" " + B + b"]", [("J001", 1, 35)], ["a", "b"]),
        (b"[" + A + b",," + B + b"]", [("J009", 1, 35)], ["a", "b"]),
        (b"[" + A + b"," + B + b",]", [("J009", 1, 67)], ["a", "b"]),
        (b"[" + A + b"]" + B, [("J011", 1, 35)], ["a"]),
    ],
)
def test_what_is_wrong_between_events_does_not_hide_them(
    data: bytes, expected: list[tuple[str, int, int]], read_users: list[str]
) -> None:
    """The events of a broken envelope, or of an array with a comma too many or too few, are read."""
    assert users(data) == read_users
    assert [fault for fault in faults(data) if fault[0] != "J005"] == expected


def test_a_broken_object_takes_a_few_times_its_size() -> None:
    """What its own reader takes, and no more: what was read is not kept for going back, which took a hundred times."""
    lines = b"".join(b'"key%d": {"a": [1, 2, 3], "b": "some text"},\n' % number for number in range(30_000))
    data = b'{\n"userId": "u",\n"traits": {\n' + lines

    tracemalloc.start()
    try:
        (fault,) = read(io.BytesIO(data))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert isinstance(fault, Fault)
    assert fault.code == "J004"
    assert peak < 20 * len(data)
