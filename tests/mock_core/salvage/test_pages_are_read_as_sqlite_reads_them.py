"""What is read page by page is what SQLite reads: any rows, any page size, rows that need many pages, and the log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_core.salvage import Pages, Walk, opened, stray_rows, table_roots
from tests.generating import EXAMPLES

SIZES = (512, 1024, 4096, 8192, 65536)
VALUES = st.one_of(
    st.none(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False).filter(lambda value: not value.is_integer()),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.binary(),
    st.integers(0, 5000).map(lambda length: b"\x01\xff" * length),
)


def database(rows: list[tuple[Any, ...]], size: int) -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"PRAGMA page_size={size}")
        db.execute("CREATE TABLE plain(a INTEGER PRIMARY KEY, b, c)")
        db.execute("CREATE TABLE keyed(a, b, c, PRIMARY KEY (a)) WITHOUT ROWID")
        db.executemany("INSERT INTO plain VALUES (?, ?, ?)", rows)
        db.executemany("INSERT INTO keyed VALUES (?, ?, ?)", rows)
        db.commit()
        return db.serialize()


def in_order(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: row[0])


@settings(max_examples=20 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.dictionaries(st.integers(-(1 << 63), (1 << 63) - 1), st.tuples(VALUES, VALUES), max_size=60),
    size=st.sampled_from(SIZES),
)
def test_rows_are_those_that_sqlite_reads(rows: dict[int, tuple[Any, Any]], size: int):
    """In tables with rowids and without, also where one row is spread over pages of its own."""
    told = [(key, *values) for key, values in rows.items()]
    pages = Pages(memoryview(database(told, size)))
    roots = table_roots(pages)

    plain = [(row.rowid, *row.values[1:]) for row in Walk(pages, roots["plain"]).rows()]
    keyed = [row.values for row in Walk(pages, roots["keyed"], with_rowids=False).rows()]

    assert plain == in_order(told)
    assert in_order(keyed) == in_order(told)
    assert pages.free() == set()


@settings(max_examples=20 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    size=st.sampled_from(SIZES),
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=600)), max_size=6),
    cut=st.floats(0, 1),
)
def test_no_damage_ends_the_reading(size: int, places: list[tuple[float, bytes]], cut: float):
    """Bytes anywhere, a file cut anywhere: rows, and no error; without damage all of them."""
    rows = [(number, "x" * (number * 37 % 900), b"\0" * number) for number in range(1, 120)]
    data = bytearray(database(rows, size))
    for place, noise in places:
        at = int(place * len(data))
        data[at : at + len(noise)] = noise[: len(data) - at]
    pages = Pages(memoryview(bytes(data[: int(len(data) * cut)])))

    walks = [Walk(pages, root) for root in {2, *table_roots(pages).values()}]
    found = [row for walk in walks for row in walk.rows()] + list(stray_rows(pages, set(), with_rowids=True))
    assert all(row.values for row in found)
    assert pages.free() is None or pages.has_head


@pytest.mark.parametrize("size", SIZES)
def test_the_size_of_pages_is_found_where_the_head_is_lost(size: int):
    """By how pages begin; every row is there."""
    rows = [(number, "x" * 300, None) for number in range(1, 2000)]
    data = bytearray(database(rows, size))
    data[:100] = bytes(100)

    pages = Pages(memoryview(bytes(data)))

    assert pages.size == size
    assert {row.rowid for row in Walk(pages, 2).rows()} == {number for number, *_ in rows}


def written_and_left(folder: Path) -> Path:
    """Return a database with a log that a process left behind when it was killed: 40 rows, one more that was undone."""
    path = folder / "left.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("CREATE TABLE plain(a INTEGER PRIMARY KEY, b)")
        for number in range(1, 41):
            db.execute("INSERT INTO plain VALUES (?, ?)", (number, "x" * 1000))
        log = path.with_name("left.db-wal").read_bytes()
        data = path.read_bytes()
    path.write_bytes(data)
    path.with_name("left.db-wal").write_bytes(log)
    return path


def rowids(path: Path) -> tuple[set[int | None], int]:
    with opened(path) as pages:
        return {row.rowid for row in Walk(pages, 2).rows()}, pages.damaged_frames


def test_the_log_counts_before_the_file(tmp_path: Path):
    """What a killed lab wrote last stands there only."""
    assert rowids(written_and_left(tmp_path)) == (set(range(1, 41)), 0)


def test_a_damaged_frame_of_the_log_takes_no_other_with_it(tmp_path: Path):
    """SQLite would read nothing from there on; here the pages of later frames are as they were last."""
    path = written_and_left(tmp_path)
    log = path.with_name("left.db-wal")
    data = bytearray(log.read_bytes())
    data[32 + 20 * (24 + 4096) + 24 + 7] ^= 0x40
    log.write_bytes(data)

    found, damaged = rowids(path)
    with closing(sqlite3.connect(path)) as db:
        (by_sqlite,) = db.execute("SELECT count(*) FROM plain").fetchone()

    assert damaged == 1
    assert found == set(range(1, 41))
    assert by_sqlite < 40


def test_what_was_not_committed_is_not_read(tmp_path: Path):
    """A log that ends within a change, and one whose head is lost."""
    path = written_and_left(tmp_path)
    log = path.with_name("left.db-wal")
    whole = log.read_bytes()
    head = bytearray(whole)
    head[:32] = bytes(32)
    log.write_bytes(head)
    assert rowids(path)[0] == set(range(1, 41))

    log.write_bytes(whole[:-100])
    found, _ = rowids(path)
    assert found < set(range(1, 41))
    assert len(found) >= 39


def test_pages_that_were_given_up_are_known(tmp_path: Path):
    """What was deleted still stands on them."""
    path = tmp_path / "freed.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE plain(a INTEGER PRIMARY KEY, b)")
        db.execute("BEGIN")
        db.executemany("INSERT INTO plain VALUES (?, ?)", [(number, "x" * 1000) for number in range(1, 1000)])
        db.execute("COMMIT")
        db.execute("DELETE FROM plain")
        (count,) = db.execute("PRAGMA freelist_count").fetchone()

    with opened(path) as pages:
        free = pages.free()
        assert free is not None
        assert len(free) == count > 100
        assert list(Walk(pages, 2).rows()) == []
        assert list(stray_rows(pages, free, with_rowids=True))[1:] == []
