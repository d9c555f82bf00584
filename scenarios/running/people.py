"""People doing things: what an app tells Segment of them, or Amplitude itself, beside the program that is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from contracts.javascript import json_text
from scenarios.errors import BadScenario
from scenarios.lab import AMPLITUDE_URL, API_KEY, SEGMENT_URL

if TYPE_CHECKING:
    from scenarios.bench import Bench
    from scenarios.files import Step

AMPLITUDE: Final = "amplitude"


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
    event["time"] = round(bench.lab.clock.now() * 1000)
    return {"url": f"{AMPLITUDE_URL}/2/httpapi", "json": {"api_key": API_KEY, "events": [event]}}


def _traits(bench: Bench, traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return traits with the short name of a cohort in its trait key's place."""
    cohorts = bench.scenario.cohorts
    return {bench.trait(name) if name in cohorts else name: value for name, value in traits.items()}
