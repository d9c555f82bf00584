"""What the control plane of the Segment fake adds to the common one: sources, events, verdicts, profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mock_core.clock import iso
from mock_core.control import REQUEST_FILTERS, Filters, Operation, Rows, View, request_rows
from mock_core.deep_json import write_json
from mock_core.errors import BadControl
from mock_core.moments import milliseconds
from mock_segment.delivery import DELIVERED, DISCARDED, DUPLICATE, REFUSED, UNJUDGED, Event, id_text
from mock_segment.state import SegmentState

_SOURCE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["write_key"],
    "properties": {
        "write_key": {"type": "string", "minLength": 1},
        "name": {"type": "string"},
        "region": {"enum": ["us", "eu"]},
        "enabled": {"type": "boolean"},
        "oauth": {"type": "boolean", "description": "whether uploads need an access token"},
        "cdn": {"type": "object", "description": "merged into the settings that browsers fetch"},
    },
}
_OAUTH_APP = {
    "type": "object",
    "additionalProperties": False,
    "required": ["client_id", "key_id", "public_key"],
    "properties": {
        "client_id": {"type": "string", "minLength": 1},
        "key_id": {"type": "string", "minLength": 1},
        "public_key": {"type": "string", "pattern": "-----BEGIN PUBLIC KEY-----", "description": "PEM"},
    },
}


def _put_source(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    return asdict(state.put_source(**payload))


def _put_oauth_app(state: SegmentState, payload: dict[str, Any]) -> dict[str, Any]:
    return asdict(state.put_oauth_app(**payload))


def _sources(state: SegmentState, _payload: Any) -> list[dict[str, Any]]:
    return [asdict(source) for source in state.sources()]


def _tally(state: SegmentState, _payload: Any) -> list[dict[str, Any]]:
    names = ("write_key", "type", "verdict", "code")
    return [{**dict(zip(names, what, strict=True)), "events": events} for what, events in sorted(state.tally().items())]


def _span(filters: Filters) -> tuple[int, int]:
    """Read `since` and `until` into milliseconds."""
    since, until = filters.get("since"), filters.get("until")
    return 0 if since is None else milliseconds(since), 1 << 62 if until is None else milliseconds(until)


def _matches(event: Event, filters: Filters, span: tuple[int, int]) -> bool:
    if not span[0] <= event.capture.at < span[1]:
        return False
    raw = event.raw
    found = {
        "type": raw.get("type"),
        "user_id": event.user_id,
        "anonymous_id": id_text(raw.get("anonymousId")),
        "write_key": event.capture.write_key,
        "message_id": event.message_id,
        "event": raw.get("event"),
        "verdict": event.verdict.verdict,
        "code": event.verdict.code,
    }
    for name, wanted in filters.items():
        if name == "trait":
            traits = raw.get("traits")
            if not isinstance(traits, dict) or wanted not in traits:
                return False
        elif name in found and found[name] != wanted:
            return False
    return True


def _events(state: SegmentState, filters: Filters, after: int) -> Rows:
    span = _span(filters)
    for event in state.events(user_id=filters.get("user_id"), after=after):
        if _matches(event, filters, span):
            yield event.position, state.shown(event)


def _verdicts(state: SegmentState, filters: Filters, after: int) -> Rows:
    span = _span(filters)
    wanted = {name: value for name, value in filters.items() if name not in {"since", "until"}}
    for found in state.outcomes(after=after):
        if isinstance(found, Event):
            if _matches(found, filters, span):
                yield found.position, found.outcome()
        elif span[0] <= milliseconds(found["received_at"]) < span[1] and all(
            found.get(name) == value for name, value in wanted.items()
        ):
            yield found["position"], found


def _lost(state: SegmentState, filters: Filters, after: int) -> Rows:
    span = _span(filters)
    for found in state.lost():
        row = asdict(found)
        traits = found.event.get("traits")
        known = {**row, "event": found.event.get("event"), "anonymous_id": found.event.get("anonymousId")}
        if (
            found.position > after
            and span[0] <= milliseconds(found.received_at) < span[1]
            and ("trait" not in filters or (isinstance(traits, dict) and filters["trait"] in traits))
            and all(known[name] == wanted for name, wanted in filters.items() if name in known)
        ):
            yield found.position, row


def _requests(state: SegmentState, filters: Filters, after: int) -> Rows:
    own = {name: filters[name] for name in ("write_key", "code") if name in filters}
    for position, row in request_rows(state, {name: filters[name] for name in filters if name not in own}, after):
        found = {"write_key": row.get("write_key"), "code": row.get("refused", {}).get("code")}
        if all(found[name] == wanted for name, wanted in own.items()):
            yield position, row


def _timeline(state: SegmentState, filters: Filters, after: int) -> Rows:
    since, until = _span(filters)
    for second, found in state.timeline(max(after + 1, since // 1000), -(-until // 1000)).items():
        yield second, {"at": iso(second * 1000), **{verdict: found.get(verdict, 0) for verdict in _BECAME}}


def _batches(state: SegmentState, filters: Filters, after: int) -> Rows:
    for batch in state.batches(after=after):
        if all(batch[name] == wanted for name, wanted in filters.items()):
            yield batch["entry"], batch


def _profiles(state: SegmentState, filters: Filters, after: int) -> Rows:
    if "user_id" in filters:  # a user nobody told Segment about is no row, so that one can wait for the first
        asked = state.profile(filters["user_id"])
        profiles = [asked] if asked.identifies else []
    else:
        profiles = list(state.profiles().values())
    trait, value = filters.get("trait"), filters.get("value")
    if value is not None and trait is None:
        raise BadControl("View 'profiles' has a value filter but no trait: say which trait has that value.")
    for place, profile in enumerate(profiles, 1):
        if trait is not None and (trait not in profile.traits or not _is_value(profile.traits[trait], value)):
            continue
        if place > after:
            yield place, profile.as_dict()


def _is_value(found: Any, wanted: str | None) -> bool:
    return wanted is None or found == wanted or write_json(found).decode() == wanted


def _history(state: SegmentState, filters: Filters, after: int) -> Rows:
    # The order is that of delivery, so the cursor is a place in it.
    for place, change in enumerate(state.trait_history(filters.get("user_id", ""), filters.get("trait", "")), 1):
        if place > after:
            yield place, change


_BECAME = (DELIVERED, DUPLICATE, DISCARDED, REFUSED, UNJUDGED)
_EVENT_FILTERS: Mapping[str, str] = {
    "type": "identify, track, page, screen, group or alias",
    "user_id": "the userId, to the letter",
    "anonymous_id": "the anonymousId, to the letter",
    "write_key": "the write key it came with",
    "message_id": "the messageId, as sent or as given by ingest",
    "event": "the name of a track event",
    "verdict": "delivered, discarded, duplicate, or unjudged: the lab cannot say",
    "code": "Segment's discard code",
    "trait": "a trait key it carries",
    "since": "received at or after: milliseconds or ISO 8601",
    "until": "received before: milliseconds or ISO 8601",
}

_PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\n...\n-----END PUBLIC KEY-----"
_EXAMPLE = {"write_key": "another-key", "name": "web"}

OPERATIONS: Sequence[Operation] = (
    Operation("source.list", "GET", "/sources", "The registered sources.", _sources),
    Operation(
        "source.put", "POST", "/sources", "Register a source, or change one.", _put_source, _SOURCE, example=_EXAMPLE
    ),
    Operation(
        "oauth.app.put",
        "POST",
        "/oauth-apps",
        "Register an OAuth application.",
        _put_oauth_app,
        _OAUTH_APP,
        example={"client_id": "app", "key_id": "k1", "public_key": _PUBLIC_KEY},
    ),
    Operation("tally", "GET", "/tally", "Events by write key, type, verdict and code.", _tally),
)

VIEWS: Sequence[View] = (
    View(
        "requests",
        "Vendor calls as they came, with what was answered.",
        {
            **REQUEST_FILTERS,
            "write_key": "the write key, as far as an upload's could be read",
            "code": "the code of a refusal",
        },
        _requests,
    ),
    View("events", "Events as Segment would hand them on, with verdicts.", _EVENT_FILTERS, _events),
    View(
        "verdicts",
        "What became of every event, refused ones too, and of every upload in which no event can be read.",
        {**_EVENT_FILTERS, "verdict": "delivered, discarded, duplicate, refused or unjudged"},
        _verdicts,
    ),
    View(
        "lost",
        "Events that were refused at each attempt and never delivered under the same messageId: lost for good.",
        {name: told for name, told in _EVENT_FILTERS.items() if name != "verdict"} | {"code": "how it was refused"},
        _lost,
    ),
    View(
        "batches",
        "What became of each batch as a whole, refused ones too.",
        {"write_key": "the write key it came with", "code": "Segment's code for the batch, or that of its refusal"},
        _batches,
    ),
    View(
        "timeline",
        "Events by the second in which they came, and by what became of them.",
        {name: _EVENT_FILTERS[name] for name in ("since", "until")},
        _timeline,
    ),
    View(
        "profiles",
        "Users and their folded traits.",
        {"user_id": "one user", "trait": "who has it", "value": "with this value, as JSON or text"},
        _profiles,
    ),
    View(
        "trait-history",
        "Every delivered value of one trait of one user.",
        {"user_id": "the user", "trait": "the trait"},
        _history,
    ),
)
