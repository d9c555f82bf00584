"""What stands in the warehouse: rows of `users` by cohort, types of columns, and plain SQL with the rows it gives.

A failure says what the row holds and which event and load wrote it there.
"""

# ruff: noqa: S608 - names and values are quoted

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.foreign import NAME_COLUMNS, quoted
from contracts.warehouse import column_name
from downstream.warehouse import Warehouse, WarehouseTrouble, warehouse_of
from scenarios.bench import Check
from scenarios.flow import flow

if TYPE_CHECKING:
    from scenarios.bench import Bench

_SHOWN = 400  # letters of rows in a reason


def in_warehouse(bench: Bench, wanted: Mapping[str, Any], where: str, key: str | None) -> Iterator[Check]:
    """Check the tables of one target's source, the first one's unless `target` names another, with the loads due."""
    target = next((short for short, each in bench.keys.items() if each == key), next(iter(bench.keys)))
    look = _Look(bench, warehouse_of(bench.lab.segment), column_name(target), where)
    for user_id, cells in wanted.get("users", {}).items():
        for name, must in cells.items():
            yield look.cell(user_id, name, must)
    for name, kind in wanted.get("columns", {}).items():
        yield look.column(name, kind)
    if "query" in wanted:
        yield look.query(wanted["query"], wanted.get("rows", []))
    for each in wanted.get("queries", ()):
        yield look.query(each["query"], each["rows"])


class _Look:
    """Look into one schema of a warehouse."""

    def __init__(self, bench: Bench, warehouse: Warehouse, schema: str, where: str) -> None:
        self._bench, self._warehouse, self._schema, self._where = bench, warehouse, schema, where
        self._known: list[dict[str, Any]] | None = None

    def cell(self, user_id: str, name: str, must: Any) -> Check:
        """Check one value of `users`; `name` is a cohort's short name or a column's."""
        column = self._column(name)
        claim = f"the row of {quoted(user_id, NAME_COLUMNS)} in users has {column} {flow(must)}"
        kinds = self._kinds()
        if column not in kinds:
            reason = "" if must is None else f"there is no such column: {self._loads()}"
            return Check(claim, must is None, reason, self._where)
        sql = f"SELECT {_named(column)} FROM {self._table('users')} WHERE id = {_text(user_id)}"
        try:
            rows = self._warehouse.query(sql)[1]
            if not rows:
                return Check(claim, held=False, reason=f"there is no row: {self._loads()}", where=self._where)
            found = _plain(rows[0][0])
            held = type(found) is type(must) and found == must
            reason = "" if held else f"it has {flow(found)}{self._written(user_id, column)}{self._met(column)}"
        except WarehouseTrouble as error:
            return Check(claim, held=False, reason=str(error), where=self._where)
        return Check(claim, held, reason, self._where)

    def column(self, name: str, kind: str | None) -> Check:
        """Check the type of a column of `users`, null for one that must not be there."""
        column = self._column(name)
        found = self._kinds().get(column)
        told = f"is {kind}" if kind is not None else "is not there"
        reason = f"it is not there: {self._loads()}"
        if found:
            reason = f"it is {found}, since the event {self._since(column)}"
        return Check(f"the column {column} of users {told}", found == kind, reason, self._where)

    def query(self, sql: str, must: list[Any]) -> Check:
        """Check the rows that a query gives, in their order."""
        claim = f"{quoted(' '.join(sql.split()), 2 * NAME_COLUMNS)} gives {_cut(flow(must))}"
        try:
            found = [[_plain(value) for value in row] for row in self._warehouse.query(sql)[1]]
        except WarehouseTrouble as error:
            return Check(claim, held=False, reason=f"the query fails: {error}; {self._loads()}", where=self._where)
        held = repr(found) == repr([list(row) if isinstance(row, list) else [row] for row in must])
        return Check(claim, held, "" if held else f"it gave {_cut(flow(found))}; {self._loads()}", self._where)

    def _columns(self) -> list[dict[str, Any]]:
        """Return what is known of the columns of this schema, by the trait keys that they came from."""
        if self._known is None:
            self._known = [row for row in self._warehouse.columns() if row["schema_name"] == self._schema]
        return self._known

    def _column(self, name: str) -> str:
        """Return the column of a cohort under the name it has now; of anything else, the name itself.

        As it was made: two trait keys may have one. A cohort that no load knows has the column it would have.
        """
        if name not in self._bench.scenario.cohorts:
            return name
        key = self._bench.trait(name)
        rows = [
            row for row in self._columns() if row["table_name"] == "identifies"
        ]  # there a key that met another is told
        known = next((row["column_name"] for row in rows if row["trait_key"] == key), None)
        return column_name(key) if known is None else str(known)

    def _kinds(self) -> dict[str, str]:
        return {
            row["column_name"]: row["type"] for row in self._columns() if row["table_name"] == "users" and row["type"]
        }

    def _since(self, column: str) -> str:
        return next(str(row["message_id"]) for row in self._columns() if row["column_name"] == column)

    def _met(self, column: str) -> str:
        """Say whose column it is as well."""
        rows = [row for row in self._columns() if row["table_name"] == "identifies"]
        keys = [row["trait_key"] for row in rows if row["column_name"] == column]
        return f"; the column is that of {' and '.join(map(quoted, keys))}" if len(keys) > 1 else ""

    def _written(self, user_id: str, column: str) -> str:
        """Say which event and which load wrote a value."""
        rows = self._warehouse.query(
            f"SELECT id, received_at, uuid_ts FROM {self._table('identifies')} WHERE user_id = {_text(user_id)} "
            f"AND {_named(column)} IS NOT NULL ORDER BY received_at DESC, uuid_ts DESC LIMIT 1"
        )[1]
        if not rows:
            return ", which no event in identifies wrote"
        message_id, received_at, loaded_at = rows[0]
        came = f"the event {quoted(str(message_id), NAME_COLUMNS)}, received {_plain(received_at)}"
        return f", written by {came}, in the load of {_plain(loaded_at)}"

    def _loads(self) -> str:
        """Say how far loads came."""
        loads = self._warehouse.loads()
        if not loads:
            return "nothing was loaded yet"
        last = loads[-1]["at"]
        many = "1 load" if len(loads) == 1 else f"{len(loads)} loads"
        return f"there {'was' if len(loads) == 1 else 'were'} {many}, the last of {_plain(last)}"

    def _table(self, name: str) -> str:
        return f"{_named(self._schema)}.{name}"


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _plain(value: Any) -> Any:
    """Return a value as a scenario file has it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
