"""An export is read as it is written, to the character, or refused as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.difference import DiffRules
from syncer.errors import MalformedExport
from syncer.snapshots import FileMemberships
from syncer.source.export import read_header, user_ids

HEADER = b'"amplitude_id","user_id"\n'
MALFORMED = {
    "nothing": b"",
    "a sign-in page": b"<html><body>Sign in</body></html>",
    "no user_id": b'"amplitude_id","userID"\n"1","a"\n',
    "user_id in another case": b'"amplitude_id","User_ID"\n"1","a"\n',
    "user_id twice": b'"user_id","user_id"\n"1","a"\n',
    "a quoted field cut off": HEADER + b'"1","a"\n"2","b',
    "a row cut off": HEADER + b'"1","a"\n"2"',
    "too many fields": HEADER + b'"1","a"\n"2","b","c"\n',
    "a quote inside a field": HEADER + b'"1","a"b"\n',
    "not UTF-8": HEADER + b'"1","caf\xe9"\n',
    "NUL padding": HEADER + b'"1","a"\n\x00\x00\x00\x00',
}
READABLE = {
    "LF": (HEADER + b'"1","a"\n"2","b"\n', ["a", "b"]),
    "CRLF": (HEADER.replace(b"\n", b"\r\n") + b'"1","a"\r\n"2","b"\r\n', ["a", "b"]),
    "CR": (HEADER.replace(b"\n", b"\r") + b'"1","a"\r"2","b"\r', ["a", "b"]),
    "mixed ends of line": (HEADER + b'"1","a"\r\n"2","b"\n', ["a", "b"]),
    "no end of line at the end": (HEADER + b'"1","a"', ["a"]),
    "a byte order mark": (b"\xef\xbb\xbf" + HEADER + b'"1","a"\n', ["a"]),
    "no quotes": (b"amplitude_id,user_id\n1,a b \n2, c\n3,\n", ["a b ", " c", ""]),
    "a space before a quote": (HEADER + b'"1", "a"\n', [' "a"']),
    "blank lines": (HEADER + b'"1","a"\n\n"2","b"\n\n', ["a", "b"]),
    "only a header": (HEADER, []),
    "a header without an end": (HEADER[:-1], []),
    "other columns around it": (b'"plan","user_id","amplitude_id"\n"pro, ""x""","a\nb","1"\n', ["a\nb"]),
    "one column": (b'"user_id"\n"a"\n""\n"b"\n', ["a", "", "b"]),
    "an id of a megabyte": (HEADER + b'"1","' + b"x" * 1_000_000 + b'"\n', ["x" * 1_000_000]),
}


def with_duckdb(folder: Path, export: bytes) -> tuple[list[str], int]:
    """Return the user ids that DuckDB finds, sorted, and the anonymous rows."""
    memberships = FileMemberships(folder)
    memberships.receive(1, [export])
    counts = memberships.compare(1, "", DiffRules(), previous_members=0, most=0)
    return [user for chunk in memberships.changes(1, 0) for user, _ in chunk], counts.anonymous


@pytest.mark.parametrize("export", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_export_is_refused(export: bytes, tmp_path: Path) -> None:
    """A file that is not a cohort export, or is cut, is refused by both readers with a line or a column named."""
    with pytest.raises(MalformedExport, match=r"line \d|UTF-8"):
        user_ids(export)
    with pytest.raises(MalformedExport, match=r"line \d|UTF-8"):
        with_duckdb(tmp_path, export)


@pytest.mark.parametrize(("export", "expected"), READABLE.values(), ids=READABLE)
def test_every_way_of_writing_csv_is_read(export: bytes, expected: list[str], tmp_path: Path) -> None:
    """Ends of line, quoting, a mark at the start: however it is written, no id changes."""
    assert user_ids(export) == expected
    assert with_duckdb(tmp_path, export) == (sorted(set(expected) - {""}), expected.count(""))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(alphabet='ab",\n\r 1', max_size=30))
def test_both_readers_agree_on_anything(body: str, tmp_path: Path) -> None:
    """Whatever follows the header, the fast reader finds what the strict one finds, or both refuse it."""
    export = HEADER + body.encode()
    try:
        expected = user_ids(export)
    except MalformedExport:
        with pytest.raises(MalformedExport):
            with_duckdb(tmp_path, export)
    else:
        assert with_duckdb(tmp_path, export) == (sorted(set(expected) - {""}), expected.count(""))


def test_the_header_ends_where_its_record_ends() -> None:
    """A line break inside a quoted name belongs to the name."""
    header = read_header(b'"a\nb","user_id"\r\n"1","2"\r\n')

    assert header.columns == ("a\nb", "user_id")
    assert (header.size, header.newline, header.user_id) == (17, "\r\n", 1)
