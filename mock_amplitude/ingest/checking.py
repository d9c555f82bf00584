"""What is wrong with the events of an upload, as Amplitude's edge answers it; pure.

One wrong event refuses the whole upload; the answer names the wrong ones by their place (amplitude facts 5.1 [doc]).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mock_amplitude.ingest.uploads import NotTaken

MIN_ID_LENGTH: Final = 5
DEEPEST: Final = 40  # levels of properties (loop facts 1 [doc])
LATEST_MS: Final = 253_402_300_799_999
NOBODY: Final = frozenset(  # ids that are taken for a mistake (amplitude facts 5.1 [doc])
    {
        *("anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown", "empty string", ""),
        *("00000000-0000-0000-0000-000000000000", "{}", "lmy47d", "0", "-1"),
    }
)
IDS: Final = ("user_id", "device_id")
_OBJECTS: Final = ("event_properties", "user_properties", "groups", "group_properties")

Places = dict[str, list[int]]


@dataclass(slots=True)
class Wrong:
    """Fields that are missing, have a value they cannot have, or hold an id that is too short; by field, the places."""

    missing: Places = field(default_factory=dict)
    invalid: Places = field(default_factory=dict)
    short: Places = field(default_factory=dict)

    def refusal(self, *, names_every: bool) -> NotTaken | None:
        """Return the answer, which names each wrong event or of each field the first; None when nothing is wrong."""
        if self.missing:
            words = "Request missing required field"
        elif self.invalid:
            words = "Invalid field values on some events"
        elif self.short:
            words = "Invalid id length for user_id or device_id"  # loop facts 1 [obs]
        else:
            return None
        lists = {
            "events_with_missing_fields": self.missing,
            "events_with_invalid_fields": self.invalid,
            "events_with_invalid_id_lengths": self.short,
        }
        kept = {
            name: {key: at if names_every else at[:1] for key, at in places.items()} for name, places in lists.items()
        }
        return NotTaken(400, words, **kept)


def wrong_with(events: Sequence[Any], *, min_id_length: int, strips: bool) -> Wrong:
    """Say what is wrong with events; where it `strips`, an id that is too short counts as none (setting `short_id`)."""
    wrong = Wrong()
    for place, event in enumerate(events):
        if not isinstance(event, dict):
            raise NotTaken(400, "Invalid event JSON", events_with_invalid_fields={"event": [place]})
        kind = event.get("event_type")
        if not isinstance(kind, str) or not kind:
            _note(wrong.missing if kind in (None, "") else wrong.invalid, "event_type", place)
        user = event.get("user_id")
        is_plain = type(user) is str and len(user) >= min_id_length and user.lower() not in NOBODY
        if not is_plain or "device_id" in event:
            _check_ids(event, place, wrong, min_id_length, strips=strips)
        time = event.get("time")
        if time is not None and (type(time) is not int or not 0 <= time <= LATEST_MS):
            _note(wrong.invalid, "time", place)
        for name in _OBJECTS:
            held = event.get(name)
            if held and (not isinstance(held, dict) or is_deeper(held, DEEPEST)):
                _note(wrong.invalid, name, place)
    return wrong


def wrong_with_identifications(items: Sequence[Mapping[str, Any]], *, min_id_length: int, strips: bool) -> str:
    """Say what is wrong with the first identification that is not right, empty when all are."""
    for place, item in enumerate(items):
        wrong = Wrong()
        if "group_type" not in item:
            _check_ids(item, place, wrong, min_id_length, strips=strips)
        if wrong.missing or wrong.invalid or wrong.short:
            named = next(iter({**wrong.missing, **wrong.invalid, **wrong.short}))
            return f"invalid_event: {named} of identification {place}"
        held = item.get("user_properties", {})
        if held is not None and (not isinstance(held, dict) or is_deeper(held, DEEPEST)):
            return f"invalid_event: user_properties of identification {place}"
    return ""


def _check_ids(event: Mapping[str, Any], place: int, wrong: Wrong, least: int, *, strips: bool) -> None:
    named = False
    for name in IDS:
        value = event.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            _note(wrong.invalid, name, place)
            named = True
        elif not isinstance(value, str):
            named = True  # answered 200, and never seen again (loop facts 1 [obs])
        elif value.lower() in NOBODY:
            if value:
                _note(wrong.invalid, name, place)
                named = True
        elif len(value) < least:  # before blanks are trimmed (loop facts 1 [obs])
            if not strips:
                _note(wrong.short, name, place)
                named = True
        else:
            named = True
    if not named:
        _note(wrong.missing, "user_id", place)
        _note(wrong.missing, "device_id", place)


def is_deeper(value: Any, most: int) -> bool:
    """Say whether a JSON value has more levels than `most`."""
    for each in value.values() if isinstance(value, dict) else value:
        if type(each) is dict or type(each) is list:
            break
    else:
        return most < 1
    level = [value]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _note(places: Places, name: str, place: int) -> None:
    places.setdefault(name, []).append(place)
