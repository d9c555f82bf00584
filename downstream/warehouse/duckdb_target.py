"""DuckDB as a warehouse: a file that is open only while it is loaded or asked, so that others can read it in between.

Rows go in as Arrow arrays that are made here, so that it needs nothing but DuckDB.
"""

# ruff: noqa: PLC0415, S608 - duckdb takes a tenth of a second to load; names are quoted

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.extras import lacking
from downstream.warehouse.arrow import rows_at_once
from downstream.warehouse.errors import BadQuery, WarehouseTrouble
from downstream.warehouse.kinds import Kind
from downstream.warehouse.naming import Limits
from downstream.warehouse.statements import quote
from downstream.warehouse.target import Catalogue, Values

if TYPE_CHECKING:
    import duckdb

MEMORY = ":memory:"
_GIVEN = "lab_given"
_MEGABYTES = 200
_BESIDE_COLUMNS, _FOR_A_COLUMN = 100, 0.3  # megabytes; rows that are written keep a quarter of one for each column
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
                yield DuckDBSession(db)
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
    """One transaction."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self._megabytes = _MEGABYTES

    def run(self, sql: str) -> None:
        self._db.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._db.execute(sql).fetchall()

    def append(self, table: str, columns: Sequence[Values], count: int) -> None:
        given = [column for column in columns if not column.is_empty]
        names = ", ".join(quote(column.name) for column in given)
        values = ", ".join(f"c{place}" for place in range(len(given)))
        for rows in rows_at_once(given, count):
            self._db.register(_GIVEN, rows)
            try:
                self._db.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {_GIVEN}")
            finally:
                self._db.unregister(_GIVEN)

    def room_for(self, columns: int) -> None:
        wanted = _BESIDE_COLUMNS + round(_FOR_A_COLUMN * columns)
        if wanted > self._megabytes:
            self._megabytes = wanted
            self._db.execute(f"SET memory_limit = '{wanted}MB'")

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
