"""Expectations of destinations: what their vendors know, how deliveries ended, what vendors were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.foreign import NAME_COLUMNS, quoted
from downstream.making import HOOKS
from scenarios.bench import Check
from scenarios.flow import value
from scenarios.verdict.amounts import amount

if TYPE_CHECKING:
    from scenarios.bench import Bench


def vendors_know(
    bench: Bench, wanted: Mapping[str, Mapping[str, Mapping[str, Any]]], where: str, key: str | None
) -> Iterator[Check]:
    """Compare what each vendor was told last of users, by cohort; what it was never told is null."""
    del key
    for name, users in wanted.items():
        known = bench.lab.destinations.known(name)
        for user_id, cohorts in users.items():
            for short, must in cohorts.items():
                trait = bench.trait(short)
                found = known.get(user_id, {}).get(trait)
                held = type(found) is type(must) and found == must
                claim = f"{name} has {quoted(trait, NAME_COLUMNS * 2)} of {quoted(user_id, NAME_COLUMNS)} {_said(must)}"
                reason = f"it has {_said(found)}{'' if held else _why(bench, name, user_id, trait)}"
                yield Check(claim, held, reason, where, about=(user_id, trait))


def webhook_knows(
    bench: Bench, wanted: Mapping[str, Mapping[str, Any]], where: str, key: str | None
) -> Iterator[Check]:
    """Compare what the scenario's one webhook was told last of users, by cohort."""
    plans = bench.scenario.destinations
    hook = next(name for name, plan in plans.items() if plan.get("destination", name) in HOOKS)
    return vendors_know(bench, {hook: wanted}, where, key)


def deliveries_ended(
    bench: Bench, wanted: Mapping[str, Mapping[str, Any]], where: str, key: str | None
) -> Iterator[Check]:
    """Count deliveries by their verdict."""
    del key
    tally = bench.lab.destinations.tally()
    for name, verdicts in wanted.items():
        for verdict, number in verdicts.items():
            found = tally.get((name, verdict), 0)
            others = ", ".join(f"{count} {each}" for (on, each), count in tally.items() if on == name)
            yield amount(f"events {verdict} at {name}", number, found, where, f" (all: {others})" if others else "")


def vendor_calls(bench: Bench, wanted: Mapping[str, Mapping[str, Any]], where: str, key: str | None) -> Iterator[Check]:
    """Count calls to vendors by what was answered; 0 is no answer."""
    del key
    for name, statuses in wanted.items():
        found = Counter(str(call["status"] or 0) for call in bench.lab.destinations.requests(destination=name))
        for status, number in statuses.items():
            told = f"calls to {name} answered {status}" if status != "0" else f"calls to {name} without an answer"
            yield amount(told, number, found[status], where)


def _said(found: object) -> str:
    return f"the text {quoted(found, NAME_COLUMNS)}" if isinstance(found, str) else value(found)


def _why(bench: Bench, name: str, user_id: str, trait: str) -> str:
    """Say what became of the newest event that was to tell it."""
    rows = bench.lab.destinations.deliveries(destination=name, user_id=user_id, trait=trait)
    if not rows:
        return "; no event with it was delivered to it"
    told = rows[-1]
    reason = f" ({quoted(told['reason'], NAME_COLUMNS * 4)})" if told["reason"] else ""
    return f"; the newest event with it: {told['verdict']}{reason}"
