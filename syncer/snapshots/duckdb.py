"""Memberships in files, compared by DuckDB in bounded memory: the twin of `membership.diff` for cohorts of any size.

    runs/<n>/export.csv        what Amplitude handed over
    runs/<n>/members.parquet   the user ids in it, row by row
    runs/<n>/changes.parquet   who changed, in the order sent; never written again
    runs/<n>/told.parquet      whom the next run is compared with, when that is not the members of the export
    runs/<n>/held.parquet      who holds the trait, when that is somebody else

A snapshot is named by the path of its Parquet file. DuckDB reads CSV fast, but it forgives: it trims spaces around
quotes, for one. So what it read is written back in thought, as Amplitude writes it: if that is not as long as
the file to the byte, the file is first rewritten by the strict reader in `export`, or refused by it.
"""

# ruff: noqa: PLC0415, S608 - duckdb takes a tenth of a second to load; every statement is put together from
# names and paths of our own; values are bound

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from syncer.difference import Change, DiffCounts, DiffRules
from syncer.disk import put_in_place, write
from syncer.errors import MalformedExport, StateUnusable
from syncer.snapshots.memberships import CHUNK
from syncer.source import LONGEST_HEADER, Header, canonical, read_header, records
from syncer.wire import Boundary, nothing_happens

if TYPE_CHECKING:
    import duckdb

LEAST_MEGABYTES: Final = 150
MOST_MEGABYTES: Final = 300
"""What DuckDB is allowed; its process takes about 100 MB more. Beyond it, it spills to the run's folder."""

BUFFER: Final = 8_000_000
LONGEST_LINE: Final = 2_000_000
"""Bytes that are read at once, and of the longest line that is read at all."""
ORDERS: Final = {
    "enters-first": "value DESC, user_id",
    "leaves-first": "value, user_id",
    "interleaved": "user_id",
}
NOBODY: Final = "(SELECT '' AS user_id WHERE false)"


class FileMemberships:
    """Keep memberships in a folder; `snapshots` is another folder to read snapshots from."""

    def __init__(
        self,
        folder: Path,
        *,
        snapshots: Path | None = None,
        boundary: Boundary = nothing_happens,
    ) -> None:
        self._folder = folder
        self._snapshots = snapshots or folder
        self._boundary = boundary

    def receive(self, run: int, chunks: Iterable[bytes]) -> int:
        with self._explained():
            self._run(run).mkdir(parents=True, exist_ok=True)
            return write(self._run(run) / "export.csv", chunks, self._boundary)

    def compare(self, run: int, previous: str, rules: DiffRules, *, previous_members: int, most: int) -> DiffCounts:
        folder = self._run(run)
        with self._duckdb(run) as db:
            # A set has no order, and keeping one costs time; only the first so many rows and the changes have one.
            db.execute(f"SET preserve_insertion_order = {bool(most)}")
            rows, members, anonymous = self._load(db, folder, most)
            before = self._members_of(previous)
            db.execute(
                # A leave becomes a `false` here: whoever is in the old snapshot only has no `now`, so `value`
                # is false.
                f"CREATE TEMP TABLE changed AS SELECT DISTINCT coalesce(now.user_id, before.user_id) AS user_id, "
                f"now.user_id IS NOT NULL AS value FROM {members} AS now FULL JOIN {before} AS before USING (user_id) "
                "WHERE now.user_id IS NULL OR before.user_id IS NULL"
            )
            entered, left = _numbers(db, "SELECT count(*) FILTER (value), count(*) FILTER (NOT value) FROM changed")
            if rules.mode == "additive":
                db.execute("DELETE FROM changed WHERE NOT value")
            retold = self._retell(db, members, rules)
            db.execute("SET preserve_insertion_order = true")
            self._write(
                db, folder / "changes.parquet", f"SELECT user_id, value FROM changed ORDER BY {ORDERS[rules.order]}"
            )
            for name in ("export.csv", "rewritten.csv"):
                (folder / name).unlink(missing_ok=True)
        return DiffCounts(
            members=rows,
            anonymous=anonymous,
            identified=previous_members + entered - left,
            entered=entered,
            left=left if rules.mode == "mirror" else 0,
            retold=retold,
        )

    def adopt(self, run: int, changes: Sequence[Change], snapshot: str = "") -> int:
        folder = self._run(run)
        folder.mkdir(parents=True, exist_ok=True)
        with self._duckdb(run) as db:
            if changes:
                source = "SELECT unnest($users) AS user_id, unnest($values) AS value"
                given = {"users": [user for user, _ in changes], "values": [value for _, value in changes]}
                db.execute(f"CREATE TEMP TABLE changed AS {source}", given)
                query = "SELECT user_id, value FROM changed ORDER BY rowid"
            else:
                query = f"SELECT DISTINCT user_id, false AS value FROM {self._members_of(snapshot)} ORDER BY user_id"
            self._write(db, folder / "changes.parquet", query)
            return _numbers(db, f"SELECT count(*) FROM {_parquet(folder / 'changes.parquet')}")[0]

    def changes(self, run: int, start: int) -> Iterator[list[Change]]:
        with self._duckdb(run, threads=1) as db:
            source = _parquet(self._run(run) / "changes.parquet", "file_row_number = true")
            query = db.execute(f"SELECT user_id, value FROM {source} WHERE file_row_number >= ?", [start])
            while chunk := query.fetchmany(CHUNK):
                yield chunk

    def settle(
        self, run: int, previous: str, refused: Sequence[Change], *, name: str, only_enters: bool = False
    ) -> tuple[str, int]:
        folder = self._run(run)
        told = folder / f"{name}.parquet"
        with self._duckdb(run) as db:
            db.execute(
                "CREATE TEMP TABLE refused AS SELECT unnest($users) AS user_id",
                {"users": [user for user, _ in refused]},
            )
            told_of = f"SELECT * FROM {_parquet(folder / 'changes.parquet')} ANTI JOIN refused USING (user_id)"
            changed = f"({told_of} WHERE value)" if only_enters else f"({told_of})"
            before = f"(SELECT DISTINCT user_id FROM {self._members_of(previous)})"
            self._write(
                db,
                told,
                f"SELECT user_id FROM {before} ANTI JOIN {changed} USING (user_id) "
                f"UNION ALL SELECT user_id FROM {changed} WHERE value",
            )
            count = _numbers(db, f"SELECT count(*) FROM {_parquet(told)}")[0]
        return told.relative_to(self._folder).as_posix(), count

    def among(self, snapshot: str, user_ids: Set[str]) -> set[str]:
        with self._duckdb(0) as db:
            rows = db.execute(
                f"SELECT DISTINCT user_id FROM {self._members_of(snapshot)} WHERE user_id IN (SELECT unnest($users))",
                {"users": sorted(user_ids)},
            )
            return {user_id for (user_id,) in rows.fetchall()}

    def has(self, snapshot: str) -> bool:
        try:
            self.among(snapshot, set())
        except StateUnusable:
            return False
        return True

    def expected(self, run: int) -> str:
        return (self._run(run) / "members.parquet").relative_to(self._folder).as_posix()

    def forget(self, needed: Callable[[], tuple[Set[int], Set[str]]]) -> None:
        there = {folder: sorted(folder.iterdir()) for folder in sorted((self._folder / "runs").glob("*"))}
        runs, snapshots = needed()
        for folder, files in there.items():
            if folder.name.isdigit() and int(folder.name) in runs:
                continue
            unneeded = [file for file in files if file.relative_to(self._folder).as_posix() not in snapshots]
            for file in unneeded:
                self._boundary(f"delete {file.name}")
                # Another process may be tidying up as well; what is left over goes after a later run.
                with suppress(OSError):
                    shutil.rmtree(file) if file.is_dir() else file.unlink()
            with suppress(OSError):
                folder.rmdir()

    def _load(self, db: duckdb.DuckDBPyConnection, folder: Path, most: int) -> tuple[int, str, int]:
        """Write the export's rows to `members.parquet`; return their number, the table of members, the anonymous."""
        source = folder / "export.csv"
        try:
            self._take_over(db, source, _header_of(source))
        except _NotAsWritten:
            source = self._rewritten(source)
            try:
                self._take_over(db, source, _header_of(source))
            except _NotAsWritten as error:
                raise MalformedExport(f"the export cannot be read without changing it: {error}") from error
        file = _parquet(folder / "members.parquet", "file_row_number = true")
        counted = f"(SELECT user_id FROM {file} WHERE file_row_number < {most})" if most else file
        rows = _numbers(db, f"SELECT count(*) FROM {file}")[0]
        taken, identified = _numbers(db, f"SELECT count(*), count(user_id) FROM {counted}")
        if taken < rows:
            self._write(db, folder / "members.parquet", f"SELECT user_id FROM {counted}")
        return rows, _members(folder / "members.parquet"), taken - identified

    def _take_over(self, db: duckdb.DuckDBPyConnection, source: Path, header: Header) -> None:
        """Write every row's user id, null for none; raise `_NotAsWritten` unless DuckDB read the file to the byte."""
        import duckdb

        names = [f"c{number}" for number in range(len(header.columns))]
        # A field is written as its text, its quotes doubled, between two quotes; commas and an end of line follow.
        text = " + ".join(
            f"2 * strlen({c}) - strlen(replace({c}, '\"', ''))" for c in (f"ifnull({c}, '')" for c in names)
        )
        around = 3 * len(names) - 1 + len(header.newline)
        members = source.with_name("members.parquet")
        query = f"SELECT {names[header.user_id]} AS user_id, {text} + {around} AS width FROM {_csv(source, header)}"
        try:
            self._write(db, members, query, is_plain=True)
        except duckdb.InvalidInputException as error:
            raise _NotAsWritten(str(error).split("\n", 1)[0]) from error
        written = _numbers(db, f"SELECT ifnull(sum(width), 0) FROM {_parquet(members)}")[0]
        size = source.stat().st_size - header.size
        if size not in {written, written - len(header.newline)} or header.newline == "\r":
            raise _NotAsWritten(f"{size} bytes, of which {written} were read")

    def _rewritten(self, source: Path) -> Path:
        """Rewrite an export as Amplitude would have written it; raise `MalformedExport` when it is not CSV."""
        target = source.with_name("rewritten.csv")
        with (
            source.open(encoding="utf-8-sig", newline="") as lines,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            canonical(records(lines), _header_of(source), out)
        return target

    def _retell(self, db: duckdb.DuckDBPyConnection, members: str, rules: DiffRules) -> int:
        if not (rules.everybody or rules.retell):
            return 0
        before = _numbers(db, "SELECT count(*) FROM changed")[0]
        db.execute(
            f"INSERT INTO changed SELECT DISTINCT user_id, true FROM {members} ANTI JOIN changed USING (user_id) "
            "WHERE $everybody OR user_id IN (SELECT unnest($users))",
            {"everybody": rules.everybody, "users": sorted(rules.retell)},
        )
        return _numbers(db, "SELECT count(*) FROM changed")[0] - before

    def _write(self, db: duckdb.DuckDBPyConnection, path: Path, query: str, *, is_plain: bool = False) -> None:
        unfinished = path.with_name(path.name + ".part")
        compression = "uncompressed" if is_plain else "snappy"
        self._boundary(f"write {path.name}")
        db.execute(f"COPY ({query}) TO {_text(unfinished)} (FORMAT parquet, COMPRESSION {compression})")
        put_in_place(unfinished, path, self._boundary)

    def _members_of(self, snapshot: str) -> str:
        return _members(self._snapshots / snapshot) if snapshot else NOBODY

    def _run(self, run: int) -> Path:
        return self._folder / "runs" / str(run)

    @contextmanager
    def _duckdb(self, run: int, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{self._megabytes(run)}MB",
            "temp_directory": str(self._run(run) / "spill"),
        }
        if threads is not None:
            config["threads"] = threads
        with self._explained(), duckdb.connect(":memory:", config=config) as db:
            yield db

    def _megabytes(self, run: int) -> int:
        """Return what DuckDB may take: more for a larger cohort, but never more than so much."""
        files = (self._run(run) / "export.csv", self._run(run) / "members.parquet")
        size = max((file.stat().st_size for file in files if file.exists()), default=0)
        return min(max(size >> 20, LEAST_MEGABYTES), MOST_MEGABYTES)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except (duckdb.Error, OSError) as error:
            said = str(error).split("\n", 1)[0]
            raise StateUnusable(
                f"the state folder {self._folder} cannot be used ({said}); free disk space and run again, or tell "
                "everybody again with --everybody"
            ) from error


class _NotAsWritten(Exception):
    """DuckDB cannot have read the file as Amplitude wrote it."""


def _header_of(source: Path) -> Header:
    with source.open("rb") as file:
        return read_header(file.read(LONGEST_HEADER))


def _members(path: Path) -> str:
    """Read the members in a file, of which some may be in several rows."""
    return f"(SELECT user_id FROM {_parquet(path)} WHERE user_id IS NOT NULL)"


def _csv(path: Path, header: Header) -> str:
    """Read a CSV without guessing: every column text, a quote only ever doubled, an empty field null."""
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(header.columns)))
    return (
        f"read_csv({_text(path)}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', null_padding = false, strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}, buffer_size = {BUFFER})"
    )


def _parquet(path: Path, options: str = "") -> str:
    # A path is a pattern to DuckDB; brackets around its wildcards make them themselves.
    literal = re.sub(r"[*?\[]", r"[\g<0>]", str(path))
    return f"read_parquet({_text(literal)}{', ' + options if options else ''})"


def _text(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _numbers(db: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = db.execute(query).fetchone()
    assert row is not None  # every query here aggregates
    return tuple(int(number) for number in row)
