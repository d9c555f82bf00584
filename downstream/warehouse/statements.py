"""The SQL that both engines take alike; names are always quoted (warehouse facts 2 [run])."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

STAGED = "lab_staged"
SAID = "said "
"""Before the name of a column: whether a key said anything of it; no snake-cased name has a space."""


def quote(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def table_sql(schema: str, table: str) -> str:
    """Return a table's full name."""
    return f"{quote(schema)}.{quote(table)}"


def create_table(schema: str, table: str, columns: Iterable[tuple[str, str]], key: str | None) -> str:
    """Return the statement that makes a table out of names and types."""
    parts = [f"{quote(name)} {kind}" for name, kind in columns]
    parts += [f"PRIMARY KEY ({quote(key)})"] if key else []
    return f"CREATE TABLE {table_sql(schema, table)} ({', '.join(parts)})"


def add_columns(schema: str, table: str, columns: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield the statements that give a table more columns."""
    for name, kind in columns:
        yield f"ALTER TABLE {table_sql(schema, table)} ADD COLUMN {quote(name)} {kind}"


def create_staged(columns: Iterable[tuple[str, str]]) -> str:
    """Return the statement that makes the table in which rows wait to be merged."""
    return f"CREATE TEMP TABLE {STAGED} ({', '.join(f'{quote(name)} {kind}' for name, kind in columns)})"


def merge(schema: str, table: str, columns: Sequence[str], said: Sequence[str]) -> tuple[str, str]:
    """Return the statements that change the rows whose `id` is staged, and add those that are new.

    Only the columns named are touched. A staged null leaves a cell as it is, but for those of `said`, where a flag
    tells whether the null was meant. Keys are unique in what is staged.
    """
    target = table_sql(schema, table)
    sets = []
    for name in columns:
        column = quote(name)
        if name in {"received_at", "uuid_ts"}:
            sets.append(f"{column} = greatest(s.{column}, t.{column})")
        elif name in said:
            sets.append(f"{column} = CASE WHEN s.{quote(SAID + name)} THEN s.{column} ELSE t.{column} END")
        else:
            sets.append(f"{column} = coalesce(s.{column}, t.{column})")
    names = ", ".join(quote(name) for name in ("id", *columns))
    given = ", ".join(f"s.{quote(name)}" for name in ("id", *columns))
    update = f"UPDATE {target} AS t SET {', '.join(sets)} FROM {STAGED} AS s WHERE t.id = s.id"  # noqa: S608 - quoted
    insert = (
        f"INSERT INTO {target} ({names}) SELECT {given} FROM {STAGED} AS s "  # noqa: S608 - quoted
        f"WHERE NOT EXISTS (SELECT 1 FROM {target} AS t WHERE t.id = s.id)"
    )
    return update, insert
