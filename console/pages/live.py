"""Live: every call to both fakes as it comes, the newest first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, stream_with_context

from console.desk import EXTENSION, console, desk
from console.live import FAKES, TYPES, VERDICTS, Filters, Streams, Update, chart, end_of, look_back, place_in
from mock_core.errors import NotFound
from mock_core.exchange import Wire
from mock_core.wire import WIRE_KEY
from mock_segment.delivery import Tally
from scenarios.lab import WRITE_KEY

blueprint = Blueprint("live", __name__)
MOST_ROWS = 100  # that a page asks for at once
_STREAMS = "console.streams"


@blueprint.record_once
def _furnish(setup: Any) -> None:
    shown = setup.app.extensions[EXTENSION]
    setup.app.extensions[_STREAMS] = Streams(shown.over)


@blueprint.get("/")
def page() -> str:
    """Show the newest calls that fit, and what is needed to go on from there."""
    here, lab, filters = desk(), console().name, Filters.read(request.args)
    end = end_of(here, lab)
    address = console().address
    return render_template(
        "live.html",
        segment_url=address and address.segment,
        write_key=WRITE_KEY,
        filters=filters,
        found=look_back(here, filters, end),
        end=end,
        tally=tally(here.segment.tally()),
        choices={"fake": FAKES, "verdict": VERDICTS, "type": TYPES},
    )


@blueprint.get("/rows")
def rows() -> str:
    """Return older calls than a place, and not older than another where that is asked for."""
    here, lab, filters = desk(), console().name, Filters.read(request.args)
    before = place_in(here, lab, request.args.get("before", ""))
    after = place_in(here, lab, request.args.get("after", ""))
    if before is None or ("after" in request.args and after is None):
        raise NotFound("The lab was reset since: load the page again.")
    found = look_back(here, filters, before, after, most=MOST_ROWS)
    return render_template("_rows.html", found=found, filters=filters, after=after)


@blueprint.get("/stream")
def stream() -> Response:
    """Tell what comes from a place on."""
    here, lab, filters = desk(), console().name, Filters.read(request.args)
    left_off = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    place = place_in(here, lab, left_off)
    if place is None:
        return Response(b"event: over\ndata: {}\n\n", mimetype="text/event-stream")

    def write(update: Update) -> dict[str, Any]:
        return {
            "rows": render_template("_rows.html", found=update.found, filters=filters, after=update.after),
            "calls": len(update.found.rows),
            "more": update.found.before is not None,
            "tally": tally(here.segment.tally()),
        }

    streams: Streams = current_app.extensions[_STREAMS]
    streams.sit_down()
    events = streams.follow(here, lab, filters, place, write)
    response = Response(stream_with_context(events), mimetype="text/event-stream")
    response.call_on_close(streams.get_up)
    request.environ[WIRE_KEY] = Wire(framing="chunked")  # each event travels as soon as it is written
    return response


@blueprint.get("/timeline")
def timeline() -> Response:
    """Return the chart: all of it, or what lies between `since` and `until`."""
    since, until = Filters.read(request.args).span()
    asked = (since // 1000 if "since" in request.args else None, -(-until // 1000) if "until" in request.args else None)
    return jsonify(chart(desk().segment, *asked))


def tally(counted: Tally) -> dict[str, int]:
    """Return how many events became what."""
    found = dict.fromkeys(VERDICTS, 0)
    for (_, _, verdict, _), events in counted.items():
        found[verdict] += events
    return found
