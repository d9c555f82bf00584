"""A cohort export on disk becomes the membership, to the byte, or nothing changes and one sentence says why."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amplitude.errors import MalformedExport
from mock_amplitude.exports import read_export

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

HEADER = '"amplitude_id","user_id"\n'
FILE = (
    b'"amplitude_id","user_id"\n'
    b'"1610576413048",""\n'
    b'"1610487968191","0042"\n'
    b'"1610477955851","crm:""Duncan, Wilson""\nand more"\n'
    b'"1610477955852"," Ann "\n'
    b'"1610477955853","ann"\n'
)


def test_an_import_comes_out_again_to_the_byte(desk: Desk):
    """Rows, order and every character are kept; the counts say what moved."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1610487968191, "0042"), (5, "gone")])

    counts = desk.amplitude.import_csv("c", FILE)

    assert counts == {"members": 5, "anonymous": 1, "entered": 4, "left": 1}
    assert b"".join(desk.amplitude.export_csv("c")) == FILE
    assert desk.download("c").content == FILE


def test_property_columns_become_properties(desk: Desk):
    """A file with more columns comes out the same when they are asked for."""
    file = b'"amplitude_id","user_id","plan","tags"\n"1","a","pro","[""x""]"\n"2","","",""\n'
    desk.amplitude.create_cohort("C", cohort_id="c")

    desk.amplitude.import_csv("c", file)

    assert b"".join(desk.amplitude.export_csv("c", props=True)) == file
    assert desk.download("c", props=1, propKeys=["plan", "tags"]).content == file


def test_the_next_export_may_identify_somebody(desk: Desk):
    """Anonymous in one file and named in the next: one person, renamed in other cohorts too."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.create_cohort("D", cohort_id="d", members=[(7, None)])
    desk.amplitude.import_csv("c", HEADER.encode() + b'"7",""\n')

    desk.amplitude.import_csv("c", HEADER.encode() + b'"7","late"\n')

    assert [user_id for _, user_id in desk.amplitude.membership("d")] == ["late"]


def test_other_line_ends_marks_and_unquoted_fields_are_read(desk: Desk):
    """CRLF, a byte order mark and bare fields are still an export; blank lines are nobody."""
    desk.amplitude.create_cohort("C", cohort_id="c")

    desk.amplitude.import_csv("c", b"\xef\xbb\xbfuser_id,amplitude_id\r\nu1,5\r\n\r\n,6\r\n")

    assert list(desk.amplitude.membership("c")) == [(5, "u1"), (6, None)]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "Line 1 must name the column amplitude_id once, found nothing"),
        (b"user_id\nu1\n", "Line 1 must name the column amplitude_id once, found 'user_id'"),
        (b"amplitude_id,user_id,user_id\n", "Line 1 must name the column user_id once"),
        (b"\x89PNG\r\n\x1a\n\x00", "Line 1 is not UTF-8"),
        (HEADER.encode() + b'"1","a"\n"2","\xff"\n', "Line 3 is not UTF-8"),
        (HEADER.encode() + b'"1"\n', "Line 2 has 1 fields, expected 2"),
        (HEADER.encode() + b'"1","a","b"\n', "Line 2 has 3 fields, expected 2"),
        (HEADER.encode() + b'"1","a"\n"1.61E+12","b"\n', "Line 3 has amplitude_id '1.61E+12'"),
        (HEADER.encode() + b'"","b"\n', "Line 2 has amplitude_id ''"),
        (HEADER.encode() + b'"007","b"\n', "Line 2 has amplitude_id '007'"),
        (HEADER.encode() + b'"-1","b"\n', "Line 2 has amplitude_id '-1'"),
        (HEADER.encode() + b'"99999999999999999999","b"\n', "Line 2 has amplitude_id"),
        (HEADER.encode() + b'"1","a"\n"2","b"\n"1","c"\n', "Line 4 repeats amplitude_id 1 of line 2"),
        (HEADER.encode() + b'"1","a"x\n', "Line 2 is not CSV"),
        (HEADER.encode() + b'"1","never ends\n', "is not CSV"),
    ],
)
def test_a_file_that_is_no_export_changes_nothing(desk: Desk, file: bytes, words: str):
    """One sentence with the line, the members as they were, nothing half-done."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    before = desk.amplitude.workspace.journal.last

    with pytest.raises(MalformedExport) as raised:
        desk.amplitude.import_csv("c", file)
    over_http = desk.lab("POST", "/cohorts/c/import", data=file)

    assert words in str(raised.value)
    assert (over_http.status_code, over_http.json()["message"]) == (400, str(raised.value))
    assert [user_id for _, user_id in desk.amplitude.membership("c")] == ["u1"]
    assert desk.amplitude.workspace.journal.last == before


ROWS = st.dictionaries(
    st.integers(0, 2**63 - 1), st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=20
)


@given(ROWS)
def test_whatever_a_csv_writer_writes_is_read_back(rows: dict[int, str | None]):
    """Any text in any id, by an independent writer."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["amplitude_id", "user_id"])
    writer.writerows((amplitude_id, user_id or "") for amplitude_id, user_id in rows.items())

    _, found = read_export(out.getvalue().encode())

    assert [tuple(row.member) for row in found] == list(rows.items())


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes):
    """Never another error than the one sentence."""
    refused = None
    try:
        read_export(data)
    except MalformedExport as error:
        refused = str(error)

    assert refused is None or refused.startswith("Line ")
