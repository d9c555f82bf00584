"""Repair: make any generated or shrunk data a scenario that can be.

Nobody leaves who is no member, a change that changes nothing is left out, a sync that may meet a fault may fail, and
the end is always the same: faults lifted, an hour later, every cohort synced to every target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Data = dict[str, Any]

_CERTAIN = 20  # generated people of whom surely half have a user id (three in a hundred have none)


@dataclass(slots=True)
class _Known:
    """What is certain of a cohort: members by user id, and how many members with one there are at least."""

    users: set[str]
    at_least: int


def repaired(data: Data) -> Data:
    """Return the data with steps that can be taken, and the end that every rehearsal has."""
    known = {short: _known(plan) for short, plan in data["cohorts"].items()}
    steps: list[Data] = []
    armed: set[str] = set()
    for step in data["steps"]:
        ((verb, told),) = step.items()
        if verb in {"enter", "leave"}:
            told = _change(verb, told, known[told["cohort"]])
            if len(told) == 1:
                continue
        elif verb == "fault":
            armed.add(told["on"])
        elif verb == "lift":
            armed.discard(told)
        elif verb == "sync":
            told = _sync(told, may_fail=bool(armed))
        steps.append({verb: told})
    return {**data, "steps": [*steps, *_end(data, armed)]}


def _end(data: Data, armed: set[str]) -> list[Data]:
    lifts: list[Data] = [{"lift": on} for on in sorted(armed)]
    if "targets" not in data:
        return [*lifts, {"advance": "1h"}, *({"sync": short} for short in data["cohorts"])]
    told = ({"cohort": short, "target": target} for target in data["targets"] for short in data["cohorts"])
    return [*lifts, {"advance": "1h"}, *({"sync": each} for each in told)]


def _known(plan: Data) -> _Known:
    users = set(plan.get("members", ()))
    return _Known(users, len(users) + _certain(plan.get("people", 0)))


def _certain(people: int) -> int:
    return people // 2 if people >= _CERTAIN else 0


def _change(verb: str, told: Data, known: _Known) -> Data:
    users = [user for user in told.get("users", ()) if verb == "enter" or user in known.users]
    people = told.get("people", 0)
    if verb == "enter":
        known.at_least += _certain(people)
        known.users.update(users)
    else:
        known.users.difference_update(users)
        known.at_least = max(0, known.at_least - len(users))
        people = min(people, known.at_least)
        if people:  # who they are is not known here: none of the users is a certain member any more
            known.at_least -= people
            known.users.clear()
    return {
        "cohort": told["cohort"],
        **({"users": users} if users else {}),
        **({"anonymous": told["anonymous"]} if told.get("anonymous") else {}),
        **({"people": people} if people else {}),
    }


def _sync(told: Any, *, may_fail: bool) -> Any:
    plan = dict(told) if isinstance(told, dict) else {"cohort": told}
    plan.pop("fails", None)
    if may_fail and "killed" not in plan:
        plan["fails"] = "maybe"
    return plan if len(plan) > 1 else plan["cohort"]
