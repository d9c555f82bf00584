"""PostgreSQL as a warehouse: binary COPY, and one transaction a load that other loads wait for."""

# ruff: noqa: PLC0415 - psycopg is an extra; names are quoted

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from contracts.extras import lacking
from contracts.limits import COLUMN_BYTES
from downstream.warehouse.copying import BEGINNING, END, copies
from downstream.warehouse.errors import BadQuery, WarehouseTrouble
from downstream.warehouse.kinds import Kind
from downstream.warehouse.naming import Limits
from downstream.warehouse.statements import quote
from downstream.warehouse.target import Catalogue, Values

if TYPE_CHECKING:
    import psycopg

_TYPES: Final = {
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "bigint",
    Kind.FLOAT: "double precision",
    Kind.TIMESTAMP: "timestamp with time zone",
    Kind.VARCHAR: "text",
}
_MOST_COLUMNS: Final = 1_600
_PATIENCE_SECONDS: Final = 10
_LOCK: Final = 0x636F686F72746C61  # "cohortla": loads of one database come one after the other


class PostgresTarget:
    """A PostgreSQL database by its URL."""

    limits = Limits(COLUMN_BYTES, _MOST_COLUMNS)
    key: str | None = "id"
    types = _TYPES
    told = {name: kind for kind, name in _TYPES.items()}  # noqa: RUF012 - never changed
    reserved_schemas = frozenset({"public", "information_schema"})

    def __init__(self, url: str) -> None:
        self._url = url
        self.where = _without_password(url)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            import psycopg
        except ModuleNotFoundError as error:
            raise WarehouseTrouble(f"{lacking('psycopg', 'This warehouse')}.") from error

        try:
            with psycopg.connect(self._url, connect_timeout=_PATIENCE_SECONDS) as db:
                db.execute("SET TIME ZONE 'UTC'")
                db.commit()
                yield db
        except psycopg.Error as error:
            raise WarehouseTrouble(f"{self.where} {_in_words(error)}") from error

    @contextmanager
    def transaction(self) -> Iterator[PostgresSession]:
        """Do all of a block or nothing of it; other loads wait until it is done."""
        with self._connected() as db:  # leaving it commits, or rolls back after an error
            db.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield PostgresSession(db)

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of a query, in a transaction that can change nothing."""
        import psycopg

        with self._connected() as db:
            db.read_only = True
            try:
                # The extended protocol takes one statement, and what is prepared cannot end the transaction first.
                found = db.execute(sql.encode(), prepare=True)
                if found.description is None:
                    raise BadQuery("One SELECT is expected: what is asked here may change nothing.")
                return [column.name for column in found.description], found.fetchall()
            except psycopg.Error as error:
                said = error.diag.message_primary or str(error)
                raise BadQuery(f"The query failed: {said}") from error

    def moment(self, text: str) -> str:
        """Return a quoted time of UTC as PostgreSQL reads it."""
        return f"({text}::timestamp AT TIME ZONE 'UTC')"

    def close(self) -> None:
        """Do nothing: it is connected only while it is used."""


class PostgresSession:
    """One transaction."""

    def __init__(self, db: psycopg.Connection[Any]) -> None:
        self._db = db

    def run(self, sql: str) -> None:
        self._db.execute(sql.encode())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._db.execute(sql.encode()).fetchall()

    def append(self, table: str, columns: Sequence[Values], count: int) -> None:
        with self._db.cursor() as cursor:
            for filled, rows in copies([column for column in columns if not column.is_empty], count):
                names = ", ".join(quote(column.name) for column in filled)
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
                    copy.write(BEGINNING)
                    for some in rows:
                        copy.write(some)
                    copy.write(END)

    def room_for(self, columns: int) -> None:
        """Do nothing: memory is the server's."""

    def catalogue(self) -> Catalogue:
        columns: dict[tuple[str, str], dict[str, str]] = {}
        widths: dict[tuple[str, str], int] = {}
        for schema, table, column, kind, number, is_gone in self.rows(
            "SELECT n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, NULL), a.attnum, "
            "a.attisdropped FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 "
            "AND c.relkind IN ('r', 'v', 'm', 'p', 'f') "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        ):
            found = columns.setdefault((schema, table), {})
            widths[schema, table] = max(widths.get((schema, table), 0), number)  # a dropped column counts for ever
            if not is_gone:
                found[column] = kind
        schemas = self.rows("SELECT nspname::text FROM pg_namespace")
        return Catalogue(frozenset(str(schema) for (schema,) in schemas), columns, widths)


def _in_words(error: psycopg.Error) -> str:
    """Say what PostgreSQL means, and what to do."""
    from psycopg import errors

    said = " ".join((error.diag.message_primary or str(error)).split())
    if isinstance(error, errors.InsufficientPrivilege):
        right = "CREATE on the database" if "database" in said else "that, or let it own what it loaded,"
        return f"refuses a right ({said}): grant {right} to its user, the next load goes on."
    if isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
        return f"has no room left ({said}): make room, the next load goes on."
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return f"takes no writes ({said}): name one that does."
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57")):
        return f"cannot be reached ({said}): start it or correct its address, the next load goes on."
    return f"did not take it ({error.sqlstate}): {said}"


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "postgresql://..."
    user, at, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{host}{parts.path}"
