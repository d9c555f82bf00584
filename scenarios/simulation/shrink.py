"""Shrinking: from a rehearsal that fails to the smallest one that fails the same way, by hypothesis.

A reduction of a rehearsal is drawn as whole numbers: for each thing in it, how much of it is kept. Zero keeps
nothing and any large number everything, so what hypothesis draws first is nearly the whole, which fails, and what
it calls simpler is smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from scenarios.simulation.repair import Data, repaired

_MOST = 1 << 16
_TRIES = 4_000

Draw = Callable[[int], int]  # the most that may be kept -> how much is


def shrunk(data: Data, fails: Callable[[Data], bool]) -> Data:
    """Return the smallest reduction found of rehearsal data that still fails, repaired; the same each time."""
    # Slow to import, and only failures shrink.
    from hypothesis import HealthCheck, Phase, find, settings, strategies  # noqa: PLC0415
    from hypothesis.errors import NoSuchExample  # noqa: PLC0415

    @strategies.composite
    def reductions(draw: Any) -> Data:
        def kept(most: int) -> int:
            number: int = draw(strategies.integers(0, _MOST))
            return min(number, most)

        return repaired(reduced(data, kept))

    patient = settings(
        max_examples=_TRIES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    try:
        return find(reductions(), fails, settings=patient, random=Random(0))  # noqa: S311 - repeatable on purpose
    except NoSuchExample:
        return repaired(data)


def trimmed(data: Data, fails: Callable[[Data], bool]) -> Data:
    """Return the data without any step that can be missed, last ones first: the end they all have is for judging."""
    steps: list[Data] = list(data["steps"])
    for place in reversed(range(len(steps))):
        fewer = steps[:place] + steps[place + 1 :]
        if fewer and fails({**data, "steps": fewer}):
            steps = fewer
    return {**data, "steps": steps}


def reduced(data: Data, kept: Draw) -> Data:
    """Return the data with of everything only so much as is kept.

    The same numbers are drawn whatever they turn out to be, so that taking one thing away leaves the rest as it was.
    """
    steps = [step for step, stays in [(_step(step, kept), kept(1)) for step in data["steps"]] if stays]
    cohorts = {short: (_cohort(plan, kept), kept(1)) for short, plan in data["cohorts"].items()}
    there = {short: plan for short, (plan, stays) in cohorts.items() if stays}
    if not there:
        short, (plan, _) = next(iter(cohorts.items()))
        there = {short: plan}
    whole = {name: value for name, value in data.items() if name not in {"settings", "targets"} or kept(1)}
    if "targets" not in whole:
        steps = [_to_the_only_target(step) for step in steps]
    return {**whole, "cohorts": there, "steps": [step for step in steps if _cohort_of(step) in {None, *there}]}


def _to_the_only_target(step: Data) -> Data:
    ((verb, told),) = step.items()
    if verb != "sync" or not isinstance(told, dict):
        return step
    return {verb: {name: value for name, value in told.items() if name != "target"}}


def _cohort_of(step: Data) -> str | None:
    ((verb, told),) = step.items()
    if isinstance(told, dict):
        cohort: str | None = told.get("cohort")
        return cohort
    return str(told) if verb == "sync" else None


def _cohort(plan: Data, kept: Draw) -> Data:
    fewer = {
        "members": _some(plan["members"], kept),
        "anonymous": kept(plan["anonymous"]),
        "people": kept(plan["people"]),
    }
    return {"name": plan["name"], **{name: value for name, value in fewer.items() if value}}


def _some(users: list[str], kept: Draw) -> list[str]:
    return [user for user in users if kept(1)]


def _step(step: Data, kept: Draw) -> Data:
    ((verb, told),) = step.items()
    if not isinstance(told, dict):
        return {verb: told if kept(1) or verb != "advance" else "1m"}
    told = dict(told)
    if "users" in told:
        told["users"] = _some(told["users"], kept)
    for name in ("anonymous", "people", "keep"):
        if name in told:
            told[name] = kept(told[name])
    if "killed" in told:
        told["killed"] = {
            name: value if isinstance(value, str) else 1 + kept(value - 1) for name, value in told["killed"].items()
        }
        if not kept(1):
            del told["killed"]
    if "match" in told:
        told["match"] = _match(told["match"], kept)
    return {verb: told}


def _match(match: Data, kept: Draw) -> Data:
    fewer: Data = {"times": 1 + kept(match["times"] - 1)}
    if match.get("skip") and (skip := kept(match["skip"])):
        fewer["skip"] = skip
    if "probability" in match and kept(1):
        fewer["probability"] = match["probability"]
    return fewer
