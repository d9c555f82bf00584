"""A client for the warehouse of a lab in another process: the methods of `Warehouse`, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from downstream.warehouse.tracing import Stop
from mock_core.errors import BadControl
from mock_core.moments import milliseconds
from mock_core.workspace import DEFAULT
from mock_segment import SegmentClient

if TYPE_CHECKING:
    from requests import Session


@dataclass(frozen=True, slots=True)
class WarehouseLoad:
    """A load: its number, None for a failed one that the database does not know of yet; when; how it ended.

    `at` is ISO 8601, `status` `Success` or `Failure`, of which `words` say why. `rows` counts those written by table,
    `notes` what happened on the way, `duplicates` the events whose id was there already.
    """

    load: int | None
    at: str
    status: str
    events: int
    duplicates: int
    new_columns: int
    notes: int
    words: str
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class WarehouseColumn:
    """A column by the trait key it came from; None as a column is a key that has none, as a type one that shares it."""

    schema_name: str
    table_name: str
    column_name: str | None
    snake_name: str | None
    trait_key: str
    type: str | None
    first_seen: str | None
    message_id: str | None
    load: int


@dataclass(frozen=True, slots=True)
class WarehouseNote:
    """Something that happened to a name or a value on the way: `what`, in which load, to which event, in words."""

    load: int
    what: str
    schema_name: str
    table_name: str
    column_name: str
    trait_key: str
    message_id: str
    words: str


class WarehouseClient:
    """The warehouse of one workspace of a lab, by the base URL of its Segment fake."""

    def __init__(
        self, url: str, *, workspace: str = DEFAULT, token: str | None = None, session: Session | None = None
    ) -> None:
        self._lab = SegmentClient(url, workspace=workspace, token=token, session=session)

    def status(self) -> dict[str, Any]:
        """Return which database it is, how many loads there were, and those that failed."""
        return dict(self._lab.call("GET", "warehouse").json())

    def load(self) -> list[WarehouseLoad]:
        """Do the loads that are due, then load what else was delivered by now."""
        return [WarehouseLoad(**row) for row in self._lab.call("POST", "warehouse/load").json()]

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and the rows that a SELECT finds, after the loads that are due; moments are ISO 8601."""
        found = self._lab.call("POST", "warehouse/query", {"sql": sql}).json()
        if found["left_out"]:
            many = len(found["rows"]) + found["left_out"]
            raise BadControl(f"The query finds {many:,} rows, more than a lab answers with over HTTP: ask for fewer.")
        return found["columns"], [tuple(row) for row in found["rows"]]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows that a SELECT finds, by the names of the columns."""
        names, rows = self.query(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def loads(self) -> list[WarehouseLoad]:
        """Return the loads with what each did, those that failed with the reason."""
        return [WarehouseLoad(**row) for row in self._lab.rows("warehouse-loads")]

    def columns(self, **filters: str) -> list[WarehouseColumn]:
        """Return the columns of a `table_name`, or of a `trait_key`, or all."""
        return [WarehouseColumn(**row) for row in self._lab.rows("warehouse-columns", **filters)]

    def notes(self, **filters: str) -> list[WarehouseNote]:
        """Return what happened to names and values on the way: by `what`, `table_name` or `trait_key`, or all."""
        return [WarehouseNote(**row) for row in self._lab.rows("warehouse-notes", **filters)]

    def trace(self, user_id: str, trait: str | None = None) -> list[Stop]:
        """Return where each delivered value of a trait of a user ended, or of all its traits."""
        asked = {"user_id": user_id} | ({} if trait is None else {"trait": trait})
        return [_stop(row) for row in self._lab.rows("warehouse-trace", **asked)]

    def settings(self) -> dict[str, Any]:
        """Return every setting of the warehouse by name."""
        return {each["name"]: each["value"] for each in self._lab.call("GET", "warehouse/settings").json()}

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Change settings of the warehouse by name, and return all of them."""
        found = self._lab.call("POST", "warehouse/settings", changes).json()
        return {each["name"]: each["value"] for each in found}


def _stop(row: dict[str, Any]) -> Stop:
    at = row.pop("loaded_at")
    return Stop(**row, loaded_at=None if at is None else milliseconds(at))
