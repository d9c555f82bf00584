"""One call, and one event, each at an address of its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from console.desk import desk
from console.live import FAKES, Filters, call_row, event_line, plain_body
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
    return render_template("event.html", line=event_line(found), sent=found.raw, kept=here.segment.shown(found), **told)


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
