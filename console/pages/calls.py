"""One call, and one event, each at an address of its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from console.desk import Desk, desk
from console.live import FAKES, Filters, call_row, event_line, plain_body
from contracts import Rule, all_rules
from contracts.catalogue import rule
from contracts.publishing import rule_as_dict
from downstream.routing import Destinations
from downstream.warehouse import Stop, warehouse_of
from mock_core.annexe import addition
from mock_core.errors import NotFound
from mock_core.journal import Entry
from mock_segment.delivery import PLACES, Event

blueprint = Blueprint("calls", __name__)
MOST_EVENTS = 2_500  # of one call on its page: as many as Segment takes


@blueprint.get("/calls/<fake>/<int:seq>")
def call(fake: str, seq: int) -> str:
    """Show a call with its headers and its body, and every event it brought."""
    return render_template("call.html", **_call(fake, seq))


@blueprint.get("/events/<int:position>")
def event(position: int) -> str:
    """Show an event as it was sent and as Segment keeps it, what became of it and why, and the call it came with."""
    here, (seq, index) = desk(), divmod(position, PLACES)
    told = _call("segment", seq)
    found = next(
        (each for each in here.segment.outcomes_in(told["entry"]) if isinstance(each, Event) and each.index == index),
        None,
    )
    if found is None:
        raise NotFound(f"Call {seq} brought no event {index + 1}.")
    return render_template(
        "event.html",
        line=event_line(found),
        sent=found.raw,
        kept=here.segment.shown(found),
        rules=rules_of(found.verdict.code),
        deliveries=_deliveries(here, found),
        stops=_stops(here, found),
        **told,
    )


@blueprint.get("/rules/<code>")
def rule_page(code: str) -> str:
    """Show a rule: what it says, why, what breaks it, what mends it, what it rests on."""
    return render_template("rule.html", rule=rule_as_dict(rule(code)))


def rules_of(code: str) -> list[Rule]:
    """Return the rules behind one of Segment's discard codes."""
    return [each for each in all_rules() if code and each.discard_code == code]


def _deliveries(here: Desk, event: Event) -> list[dict[str, Any]]:
    """Return what became of an event at each destination, none where none is connected."""
    destinations = addition(here.segment, Destinations)
    if not destinations.connections():
        return []
    rows = destinations.deliveries(message_id=str(event.message_id))
    return [row for row in rows if row.get("position", event.position) == event.position]


def _stops(here: Desk, event: Event) -> list[Stop]:
    """Return where an event's traits lie in the warehouse, nothing where none is loaded."""
    warehouse = warehouse_of(here.segment)
    if event.user_id is None or not warehouse.is_wanted:
        return []
    return [stop for stop in warehouse.trace(event.user_id) if stop.position == event.position]


def _call(fake: str, seq: int) -> dict[str, Any]:
    if fake not in FAKES:
        raise NotFound("There is no such page.")
    here = desk()
    entry: Entry | None = getattr(here, fake).workspace.journal.entry(seq)
    if entry is None or entry.kind != "request":
        raise NotFound(f"There is no call {seq} to the {fake} fake; a reset may have taken it away.")
    return {
        "row": call_row(here, fake, entry, Filters(), most=MOST_EVENTS),
        "entry": entry,
        "body": plain_body(entry).decode("utf-8", "replace"),
    }
