"""The table that ships: one row for each destination of the package, with the version it was measured with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import orjson

from contracts.nearest import nearest
from downstream.table.row import Row, row_as_dict, row_of


class UnknownDestinationName(Exception):
    """Say which destination is not in the table, and which is nearest."""

    exit_status = 2

    def __init__(self, given: str) -> None:
        rows = table()
        known = {**{row.name: slug for slug, row in rows.items()}, **{slug: slug for slug in rows}}
        super().__init__(f"no destination is called {given!r}; {nearest(given, known)}")


@cache
def _document() -> tuple[str, Mapping[str, Row]]:
    read = orjson.loads(files(__package__).joinpath("table.json").read_bytes())
    rows = map(row_of, read["destinations"])
    return str(read["version"]), {row.slug: row for row in rows}


def table() -> Mapping[str, Row]:
    """Return the rows by slug."""
    return _document()[1]


def table_version() -> str:
    """Return the version of the package that the rows were measured with."""
    return _document()[0]


def written(version: str, rows: Iterable[Row]) -> str:
    """Write a table, a row a line."""
    lines = ",\n".join(orjson.dumps(row_as_dict(row)).decode() for row in rows)
    return f'{{"version": {orjson.dumps(version).decode()}, "destinations": [\n{lines}\n]}}\n'


def row_named(given: str) -> Row:
    """Return the row of a destination, by its slug or by the name that Segment shows, whatever its case.

    Raises `UnknownDestinationName` with the nearest.
    """
    rows = table()
    if given in rows:
        return rows[given]
    said = given.strip().lower()
    for row in rows.values():
        if said in (row.name.lower(), row.slug, row.name.lower().removesuffix(" (actions)")):
            return row
    raise UnknownDestinationName(given)
