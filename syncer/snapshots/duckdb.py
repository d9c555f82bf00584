"""Memberships in files, compared by DuckDB in bounded memory: the twin of `difference.diff` for cohorts of any size.

    runs/<n>/export.csv        what Amplitude handed over
    runs/<n>/members.parquet   the user ids in it, row by row
    runs/<n>/changes.parquet   who changed, in the order sent; never written again
    runs/<n>/told.parquet      whom the next run is compared with, when that is not the members of the export
    runs/<n>/held.parquet      who holds the trait, when that is somebody else

A snapshot is named by the path of its Parquet file.
"""

# ruff: noqa: PLC0415, S608 - duckdb takes a tenth of a second to load; every statement is put together from
# names and paths of our own; values are bound

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from syncer.difference import Change, DiffCounts, DiffRules
from syncer.disk import put_in_place, write
from syncer.errors import BEGIN_ANEW, SnapshotLost, StateUnusable
from syncer.snapshots.memberships import CHUNK
from syncer.snapshots.reading import read
from syncer.snapshots.sql import numbers, parquet, text
from syncer.wire import Boundary, nothing_happens

if TYPE_CHECKING:
    import duckdb

LEAST_MEGABYTES: Final = 150
MOST_MEGABYTES: Final = 300
"""What DuckDB is allowed; its process takes about 100 MB more. Beyond it, it spills to the run's folder."""

ORDERS: Final = {
    "enters-first": "value DESC, user_id",
    "leaves-first": "value, user_id",
    "interleaved": "user_id",
}
FULL: Final = ("No space left", "max_temp_directory_size")
"""How the system, and DuckDB, say that a disk is full."""

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
        self._writes = count()

    def receive(self, run: int, chunks: Iterable[bytes]) -> int:
        with self._explained():
            self._run(run).mkdir(parents=True, exist_ok=True)
            return write(self._run(run) / "export.csv", chunks, self._boundary)

    def compare(self, run: int, previous: str, rules: DiffRules, *, previous_members: int, most: int) -> DiffCounts:
        folder = self._run(run)
        with self._reading(previous, previous_members), self._duckdb(run) as db:
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
            entered, left = numbers(db, "SELECT count(*) FILTER (value), count(*) FILTER (NOT value) FROM changed")
            if rules.mode == "additive":
                db.execute("DELETE FROM changed WHERE NOT value")
            retold = self._retell(db, members, rules)
            db.execute("SET preserve_insertion_order = true")
            self._write(
                db, folder / "changes.parquet", f"SELECT user_id, value FROM changed ORDER BY {ORDERS[rules.order]}"
            )
            (folder / "export.csv").unlink(missing_ok=True)
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
        with self._reading(snapshot), self._duckdb(run) as db:
            folder.mkdir(parents=True, exist_ok=True)
            if changes:
                source = "SELECT unnest($users) AS user_id, unnest($values) AS value"
                given = {"users": [user for user, _ in changes], "values": [value for _, value in changes]}
                db.execute(f"CREATE TEMP TABLE changed AS {source}", given)
                query = "SELECT user_id, value FROM changed ORDER BY rowid"
            else:
                query = f"SELECT DISTINCT user_id, false AS value FROM {self._members_of(snapshot)} ORDER BY user_id"
            self._write(db, folder / "changes.parquet", query)
            return numbers(db, f"SELECT count(*) FROM {parquet(folder / 'changes.parquet')}")[0]

    def changes(self, run: int, start: int) -> Iterator[list[Change]]:
        with self._duckdb(run, threads=1) as db:
            source = parquet(self._run(run) / "changes.parquet", "file_row_number = true")
            query = db.execute(f"SELECT user_id, value FROM {source} WHERE file_row_number >= ?", [start])
            while chunk := query.fetchmany(CHUNK):
                yield chunk

    def settle(
        self, run: int, previous: str, refused: Sequence[Change], *, name: str, only_enters: bool = False
    ) -> tuple[str, int]:
        folder = self._run(run)
        told = folder / f"{name}.parquet"
        with self._reading(previous), self._duckdb(run) as db:
            db.execute(
                "CREATE TEMP TABLE refused AS SELECT unnest($users) AS user_id",
                {"users": [user for user, _ in refused]},
            )
            told_of = f"SELECT * FROM {parquet(folder / 'changes.parquet')} ANTI JOIN refused USING (user_id)"
            changed = f"({told_of} WHERE value)" if only_enters else f"({told_of})"
            before = f"(SELECT DISTINCT user_id FROM {self._members_of(previous)})"
            self._write(
                db,
                told,
                f"SELECT user_id FROM {before} ANTI JOIN {changed} USING (user_id) "
                f"UNION ALL SELECT user_id FROM {changed} WHERE value",
            )
            members = numbers(db, f"SELECT count(*) FROM {parquet(told)}")[0]
        return told.relative_to(self._folder).as_posix(), members

    def among(self, snapshot: str, user_ids: Set[str]) -> set[str]:
        with self._reading(snapshot), self._duckdb(0) as db:
            rows = db.execute(
                f"SELECT DISTINCT user_id FROM {self._members_of(snapshot)} WHERE user_id IN (SELECT unnest($users))",
                {"users": sorted(user_ids)},
            )
            return {user_id for (user_id,) in rows.fetchall()}

    def has(self, snapshot: str) -> bool:
        if not snapshot:
            return True
        try:
            with self._duckdb(0) as db:
                # Every page is read: a file may be damaged in the middle, and its beginning and end are sound.
                db.execute(f"SELECT sum(strlen(user_id)) FROM {self._members_of(snapshot)}").fetchall()
        except StateUnusable:
            return False
        return True

    def expected(self, run: int) -> str:
        return (self._run(run) / "members.parquet").relative_to(self._folder).as_posix()

    def forget(self, needed: Callable[[], tuple[Set[int], Set[str]]]) -> None:
        folders = [each for each in sorted((self._folder / "runs").glob("*")) if each.is_dir()]
        there = {folder: sorted(folder.glob("*")) for folder in folders}
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
        members = folder / "members.parquet"
        rows = read(db, folder / "export.csv", members, self._write_plainly)
        file = parquet(members, "file_row_number = true")
        counted = f"(SELECT user_id FROM {file} WHERE file_row_number < {most})" if most else file
        taken, identified = numbers(db, f"SELECT count(*), count(user_id) FROM {counted}")
        if taken < rows:
            self._write(db, members, f"SELECT user_id FROM {counted}")
        return rows, _members(members), taken - identified

    def _retell(self, db: duckdb.DuckDBPyConnection, members: str, rules: DiffRules) -> int:
        if not (rules.everybody or rules.retell):
            return 0
        before = numbers(db, "SELECT count(*) FROM changed")[0]
        db.execute(
            f"INSERT INTO changed SELECT DISTINCT user_id, true FROM {members} ANTI JOIN changed USING (user_id) "
            "WHERE $everybody OR user_id IN (SELECT unnest($users))",
            {"everybody": rules.everybody, "users": sorted(rules.retell)},
        )
        return numbers(db, "SELECT count(*) FROM changed")[0] - before

    def _write(self, db: duckdb.DuckDBPyConnection, path: Path, query: str, *, compression: str = "snappy") -> None:
        # A name of its own: DuckDB may clear away what a write that failed left, when the next one is under way.
        unfinished = path.with_name(f"{path.name}.{next(self._writes)}.part")
        unfinished.unlink(missing_ok=True)
        self._boundary(f"write {path.name}")
        db.execute(f"COPY ({query}) TO {text(unfinished)} (FORMAT parquet, COMPRESSION {compression})")
        put_in_place(unfinished, path, self._boundary)

    def _write_plainly(self, db: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
        """Write what is read once or twice and then thrown away."""
        self._write(db, path, query, compression="uncompressed")

    def _members_of(self, snapshot: str) -> str:
        if not snapshot:
            return NOBODY
        file = self._snapshots / snapshot
        if not file.is_file():  # nor a pipe, from which nothing would ever come
            raise FileNotFoundError(f"there is no file {file}")
        return _members(file)

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
    def _reading(self, snapshot: str, members: int = 0) -> Iterator[None]:
        """Tell a snapshot that cannot be read from a folder that cannot be used."""
        try:
            yield
        except StateUnusable as error:
            if self.has(snapshot):
                raise
            raise SnapshotLost(members) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell what is wrong with the folder in words; a statement that DuckDB does not understand is our own fault."""
        import duckdb

        try:
            yield
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):
            raise
        except (duckdb.Error, OSError) as error:
            said = str(error).split("\n", 1)[0]
            is_full = any(sign in str(error) for sign in FULL)
            mend = "free disk space and run again" if is_full else f"mend that and run again, or {BEGIN_ANEW}"
            raise StateUnusable(f"the state folder {self._folder} cannot be used ({said}); {mend}") from error


def _members(path: Path) -> str:
    """Read the members in a file, of which some may be in several rows."""
    return f"(SELECT user_id FROM {parquet(path)} WHERE user_id IS NOT NULL)"
