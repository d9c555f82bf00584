"""The cohort export: what is wrong with a CSV is found on its line, and nothing is repaired."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reading import read_export

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


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    """Nothing raises, and every fault has a line."""
    assert all(line >= 1 for _, line in faults(HEAD + data) + faults(data))
