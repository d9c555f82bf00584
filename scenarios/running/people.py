"""People doing things: what an app tells Segment of them, or Amplitude itself, beside the program that is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from contracts.javascript import json_text
from mock_core.clock import iso
from scenarios.errors import BadScenario
from scenarios.files import seconds
from scenarios.lab import AMPLITUDE_URL, API_KEY, SEGMENT_URL

if TYPE_CHECKING:
    from scenarios.bench import Bench
    from scenarios.files import Step

AMPLITUDE: Final = "amplitude"
MOST_EVENTS: Final = 1_000  # of a batch


def does(bench: Bench, step: Step) -> None:
    """Let each of the users be identified, or do what is tracked; raise `BadScenario` where that is refused."""
    data = step.data
    people = [data["user"]] if "user" in data else data.get("users", [None])
    told = _amplitude if data.get("to") == AMPLITUDE else _segment
    with bench.lab.session() as session:
        for place, user_id in enumerate(people, 1):
            own = f"step-{step.number}" if len(people) == 1 else f"step-{step.number}-{place}"
            answer = session.post(**told(bench, step, user_id, data.get("message_id", own)))
            if answer.status_code != 200:
                whom = "Amplitude" if told is _amplitude else "Segment"
                raise BadScenario(step.place, f"{whom} answered {answer.status_code} to it: {answer.text[:300]}")


def _segment(bench: Bench, step: Step, user_id: str | None, message_id: str) -> dict[str, Any]:
    """Return a call of Segment's tracking API."""
    data = step.data
    target = data.get("target", next(iter(bench.scenario.targets)))
    event: dict[str, Any] = {"type": step.verb, "writeKey": bench.keys[target], "messageId": message_id}
    event |= {name: value for name, value in (("userId", user_id), ("anonymousId", data.get("anonymous"))) if value}
    event |= {name: data[name] for name in ("event", "properties", "integrations") if name in data}
    if step.verb == "identify":
        event["traits"] = _traits(bench, data["traits"])
    if "ago" in data:
        event["timestamp"] = iso(_time(bench, data))
    return {"url": f"{SEGMENT_URL}/v1/{step.verb}", "json": event}


def _amplitude(bench: Bench, step: Step, user_id: str | None, message_id: str) -> dict[str, Any]:
    """Return an upload of Amplitude's HTTP V2 API, or of its Identify API (amplitude facts 5)."""
    data = step.data
    ids = (("user_id", user_id), ("device_id", data.get("anonymous")))
    event: dict[str, Any] = {name: value for name, value in ids if value}
    if step.verb == "identify":
        event["user_properties"] = _traits(bench, data["traits"])
        form = {"api_key": API_KEY, "identification": json_text([event])}
        return {"url": f"{AMPLITUDE_URL}/identify", "data": form}
    event |= {"event_type": data["event"], "event_properties": data.get("properties", {}), "insert_id": message_id}
    event["time"] = _time(bench, data)
    return {"url": f"{AMPLITUDE_URL}/2/httpapi", "json": {"api_key": API_KEY, "events": [event]}}


def _time(bench: Bench, data: Mapping[str, Any]) -> int:
    """Return when somebody did something, in milliseconds: now, or so long ago."""
    return round((bench.lab.clock.now() - seconds(data.get("ago", "0s"))) * 1000)


def upload(bench: Bench, step: Step) -> None:
    """Send the events of a file to Amplitude, in batches; raise `BadScenario` at what is no event, or is refused."""
    events = list(_read(bench, step))
    with bench.lab.session() as session:
        for start in range(0, len(events), MOST_EVENTS):
            body = {"api_key": API_KEY, "events": events[start : start + MOST_EVENTS]}
            answer = session.post(f"{AMPLITUDE_URL}/batch", json=body)
            if answer.status_code != 200:
                raise BadScenario(step.place, f"Amplitude answered {answer.status_code} to it: {answer.text[:300]}")


def _read(bench: Bench, step: Step) -> Iterator[dict[str, Any]]:
    path = bench.scenario.folder / step.data
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            event = orjson.loads(line)
            ago = event.pop("ago", None)
            event.setdefault("time", _time(bench, {} if ago is None else {"ago": ago}))
        except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
            raise BadScenario(step.place, f"{path.name}, line {number}: expected a JSON object, an event.") from error
        yield event


def _traits(bench: Bench, traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return traits with the short name of a cohort in its trait key's place."""
    cohorts = bench.scenario.cohorts
    return {bench.trait(name) if name in cohorts else name: value for name, value in traits.items()}
