"""An export is read as it is written, to the character, or refused as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from syncer.difference import DiffRules
from syncer.errors import MalformedExport
from syncer.snapshots import FileMemberships
from syncer.snapshots.reading import read
from syncer.source import read_header
from syncer.source import user_ids as read_ids
from tests.generating import EXAMPLES

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


def user_ids(export: bytes) -> list[str]:
    """Return the user ids that the strict reader finds, in order."""
    return list(read_ids(io.BytesIO(export)))


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


fields = st.sampled_from(['"a"', '"a""b"', '""', '"a,b"', '"a\nb"', '"a\r\nb"', '"é"', "a", " ", "", '" "', "7"])
"""Fields as Amplitude writes them, and a few that it does not."""

odd_fields = st.one_of(
    fields,
    st.sampled_from([' "a"', '"a" ', '\t"a"', '"a"b', 'a"b', '"a', 'a"', '"\0"', '\ufeff"a"', '"a"\\']),
    st.text(alphabet='ab",\n\r 1', max_size=5),
)
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r", ""])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Write a file that is nearly an export: its lines of one kind, but for a few; fields quoted, but for a few."""
    columns = draw(
        st.sampled_from(['"amplitude_id","user_id"', "user_id", '"user_id"', 'user_id,"\n"', 'a,user_id,"b"'])
    )
    width, usual = columns.count(",") + 1, draw(ends)
    lines = [draw(st.sampled_from(["", "", "\ufeff"])), columns, draw(st.just(usual) | ends)]
    for _ in range(draw(st.integers(0, 4))):
        row = [draw(fields | odd_fields) for _ in range(draw(st.just(width) | st.integers(0, 4)))]
        lines += [",".join(row), draw(st.just(usual) | st.just(usual) | ends)]
    return "".join(lines).encode() + draw(st.sampled_from([b"", b"", b"", b"\xff", b"\n", b" "]))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config={"threads": 1}) as db:
        yield db


def read_fast(db: duckdb.DuckDBPyConnection, folder: Path, export: bytes) -> list[str]:
    """Return the user ids that are found with DuckDB, in order, by what the engine reads a file with."""
    (folder / "export.csv").write_bytes(export)

    def write(db: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
        db.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")

    rows = read(db, folder / "export.csv", folder / "members.parquet", write)
    found = db.execute(f"SELECT ifnull(user_id, '') FROM '{folder}/members.parquet'").fetchall()
    assert len(found) == rows
    return [user_id for (user_id,) in found]


def test_both_readers_find_the_same_in_any_file(
    request: pytest.FixtureRequest, database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Hundreds of files, more in a soak: row by row the fast reader finds what the strict one does, or both refuse."""

    @seed(getattr(request.config.option, "randomly_seed", 0))
    @settings(max_examples=500 * EXAMPLES, database=None)
    @given(files())
    def holds(export: bytes) -> None:
        try:
            expected = user_ids(export)
        except MalformedExport:
            with pytest.raises(MalformedExport):
                read_fast(database, tmp_path, export)
        else:
            assert read_fast(database, tmp_path, export) == expected

    holds()


@pytest.mark.parametrize(
    "export",
    [
        b'amplitude_id,user_id\n1, "a" \n',  # what DuckDB drops is as long as what quotes would add
        b'user_id,x\n"a" ,a\n',
        b"user_id\n,\n",
        b'"user_id"\n"a" \n"b"',  # and as long as the end of the line that is missing
        b'"user_id"\r\n"a" \r\n"b"\n',
    ],
)
def test_what_makes_up_for_what_was_dropped_is_noticed(
    export: bytes, database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Files whose lengths agree although a blank or a field was dropped: the strict reader decides."""
    try:
        expected: list[str] | None = user_ids(export)
    except MalformedExport:
        expected = None

    if expected is None:
        with pytest.raises(MalformedExport):
            read_fast(database, tmp_path, export)
    else:
        assert read_fast(database, tmp_path, export) == expected


def test_the_same_file_gives_the_same_answer_every_time(tmp_path: Path) -> None:
    """A file that is read in two tries, because DuckDB refuses it at first, never meets what the first try left."""
    export = b'user_id\n""\r\n1\r\n"1"\r\n""\n'

    answers = {str(with_duckdb(tmp_path / str(number), export)) for number in range(12)}

    assert answers == {str((["1"], 2))}


def test_a_file_of_a_thousand_columns_is_read(tmp_path: Path) -> None:
    """However many columns there are: one of them counts."""
    names = [b"c%d" % number for number in range(1_500)]
    rows = [[b'"%d"' % number for number in range(1_500)] for _ in range(3)]
    export = b"\n".join(b",".join([*row, b'"ann"']) for row in rows)

    assert with_duckdb(tmp_path, b",".join([*names, b"user_id"]) + b"\n" + export) == (["ann"], 0)


@pytest.mark.parametrize(
    ("export", "line"),
    [
        (HEADER + b'"1","a"\n"2","b\n' + b"3,cde\n" * 400_000, 3),
        (HEADER + b'"1","a"\n2,' + b"x" * 2_000_000 + b"\n", 3),
        (b'"user_id\n' + b"a\n" * 1_500_000, 1),
        (b"user_id," + b"x" * 2_000_000 + b"\n", 1),
        (HEADER + b'"1","' + b"x" * 2_000_000 + b'"\n', 2),
    ],
    ids=["a quote in the second row", "a line", "a quote in the header", "the header", "a sound row"],
)
def test_what_is_longer_than_any_record_is_refused_with_its_line(export: bytes, line: int, tmp_path: Path) -> None:
    """One quote that nobody closes, or one long line, does not bring a file into memory: it is refused at its line."""
    told = f"line {line} of the export is longer than 2,000,000 bytes"
    with pytest.raises(MalformedExport, match=told):
        user_ids(export)
    with pytest.raises(MalformedExport, match=told):
        with_duckdb(tmp_path, export)


def test_reading_leaves_the_limits_of_the_process_alone() -> None:
    """What the csv module takes is for its users to say, and how long an id may be does not depend on them."""
    before = csv.field_size_limit(10)
    try:
        assert user_ids(HEADER + b'"1","abcdefghijklmnop"\n') == ["abcdefghijklmnop"]
        assert csv.field_size_limit() == 10
    finally:
        csv.field_size_limit(before)
    assert before == 131_072


def test_the_header_ends_where_its_record_ends() -> None:
    """A line break inside a quoted name belongs to the name."""
    header = read_header(b'"a\nb","user_id"\r\n"1","2"\r\n')

    assert header.columns == ("a\nb", "user_id")
    assert (header.size, header.newline, header.user_id) == (17, "\r\n", 1)
