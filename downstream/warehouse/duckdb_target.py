"""DuckDB as a warehouse: a file that is open only while it is loaded or asked, so that others can read it in between.

Rows go in by a file of columns in JSON: twice as quick as the appender, and it needs nothing but DuckDB. In one
measurement 400,000 rows a second, Arrow from the same Python columns 270,000.
"""

# ruff: noqa: PLC0415, S608 - duckdb takes a tenth of a second to load; names are quoted

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from contracts.extras import lacking
from downstream.warehouse.errors import BadQuery, WarehouseTrouble
from downstream.warehouse.kinds import Kind
from downstream.warehouse.naming import Limits
from downstream.warehouse.statements import literal, quote
from downstream.warehouse.target import Catalogue, Values

if TYPE_CHECKING:
    import duckdb

MEMORY = ":memory:"
_ROWS = 2_048  # in one line of the file: as many as DuckDB takes at a time
_LINE_BYTES = 4_000_000
_MEGABYTES = 200
_READING = {"SELECT", "EXPLAIN"}
_TYPES = {
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.VARCHAR: "VARCHAR",
}


class DuckDBTarget:
    """A DuckDB file, or a database in memory."""

    limits = Limits()
    key: str | None = None  # nothing but this writes the file while it is open
    types = _TYPES
    told = {name: kind for kind, name in _TYPES.items()}  # noqa: RUF012 - never changed

    def __init__(self, path: str) -> None:
        self.path = path
        self.where = f"duckdb:{path}"
        self._memory: duckdb.DuckDBPyConnection | None = None
        # A name that is both a database's and a schema's is ambiguous in every query.
        own = "memory" if path == MEMORY else Path(path).stem
        self.reserved_schemas = frozenset({own.lower(), "main", "temp", "system", "information_schema", "pg_catalog"})

    @contextmanager
    def _opened(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            import duckdb
        except ModuleNotFoundError as error:
            raise WarehouseTrouble(f"{lacking('duckdb', 'This warehouse')}.") from error
        if self._memory is not None:
            with self._telling():
                yield self._memory
            return
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{_MEGABYTES}MB",
            "threads": 2,
            "autoinstall_known_extensions": "false",
        }
        with self._telling():
            db = duckdb.connect(self.path, read_only=read_only, config=settings)
            if self.path == MEMORY:
                self._memory = db
            try:
                yield db
            finally:
                if self._memory is None:
                    db.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except (duckdb.Error, OSError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WarehouseTrouble(f"{self.where} {_in_words(said)}") from error

    @contextmanager
    def transaction(self) -> Iterator[DuckDBSession]:
        """Do all of a block or nothing of it."""
        with self._opened() as db:
            db.execute("BEGIN")
            try:
                with tempfile.TemporaryDirectory(prefix="cohortlab-load-") as folder:
                    yield DuckDBSession(db, Path(folder))
                db.execute("COMMIT")
            except BaseException:
                with suppress(Exception):  # a full disk may have ended it
                    db.execute("ROLLBACK")
                raise

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of a query."""
        import duckdb

        if self.path != MEMORY and not Path(self.path).exists():
            raise WarehouseTrouble(f"{self.where} is not there: nothing was loaded yet.")
        with self._opened(read_only=self.path != MEMORY) as db:
            try:
                statements = db.extract_statements(sql)
                if len(statements) != 1 or statements[0].type.name not in _READING:
                    raise BadQuery("One SELECT is expected: what is asked here may change nothing.")
                found = db.execute(statements[0])
                return [column[0] for column in found.description or ()], found.fetchall()
            except duckdb.Error as error:
                raise BadQuery(f"The query failed: {str(error).strip()}") from error

    def moment(self, text: str) -> str:
        """Return a quoted time of UTC as DuckDB reads it."""
        return f"TIMESTAMP {text}"

    def close(self) -> None:
        """Let go of a database in memory; a file is closed already."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None


class DuckDBSession:
    """One transaction; `folder` takes the files of columns."""

    def __init__(self, db: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._db = db
        self._file = folder / "columns.json"

    def run(self, sql: str) -> None:
        self._db.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._db.execute(sql).fetchall()

    def append(self, table: str, columns: Sequence[Values]) -> None:
        longest = self._write(columns)
        names = ", ".join(quote(column.name) for column in columns)
        values = ", ".join(_value(place, column.kind) for place, column in enumerate(columns))
        unnested = ", ".join(f"unnest(c{place}) AS c{place}" for place in range(len(columns)))
        lists = ", ".join(f"c{place}: '{_read_as(column.kind)}[]'" for place, column in enumerate(columns))
        self._db.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM (SELECT {unnested} FROM read_json("
            f"{literal(str(self._file))}, format = 'newline_delimited', maximum_object_size = {longest + 1}, "
            f"columns = {{{lists}}}))"
        )

    def _write(self, columns: Sequence[Values]) -> int:
        """Write the columns to the file, some rows in each line, and return the bytes of its longest line.

        DuckDB takes memory for two of the longest line that it is told of, so lines are kept short.
        """
        count, start, step, longest = len(columns[0].values), 0, _ROWS, 1
        with self._file.open("wb") as file:
            while start < count:
                part = {f"c{place}": column.values[start : start + step] for place, column in enumerate(columns)}
                line = orjson.dumps(part, option=orjson.OPT_APPEND_NEWLINE)
                if len(line) > _LINE_BYTES and step > 1:
                    step //= 2
                    continue
                file.write(line)
                start += step
                longest = max(longest, len(line))
        return longest

    def catalogue(self) -> Catalogue:
        columns: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, kind in self.rows(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = current_database()"
        ):
            columns.setdefault((schema, table), {})[column] = kind
        schemas = self.rows("SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()")
        widths = {name: len(found) for name, found in columns.items()}
        return Catalogue(frozenset(schema for (schema,) in schemas), columns, widths)


def _read_as(kind: Kind) -> str:
    return "BIGINT" if kind is Kind.TIMESTAMP else _TYPES[kind]


def _value(place: int, kind: Kind) -> str:
    return f"make_timestamp(c{place})" if kind is Kind.TIMESTAMP else f"c{place}"


def _in_words(said: str) -> str:
    """Say what DuckDB means, and what to do."""
    if "Conflicting lock" in said or "Could not set lock" in said or "being used by another process" in said:
        return "is open in another program: close it there, the next load goes on."
    if "No space left" in said or "max_temp_directory_size" in said:
        return "has no room left on its disk: make room, the next load goes on."
    if "not a valid DuckDB database" in said:
        return "is no DuckDB file: name another one."
    if "Cannot open file" in said or "Permission denied" in said:
        return f"cannot be opened: {said}"
    return f"did not take it: {said}"
