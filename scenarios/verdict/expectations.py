"""Expectations: what must hold of the lab at some point of a scenario, each check with its reason."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.foreign import NAME_COLUMNS, quoted
from scenarios.bench import Check, SyncStarted, attempts
from scenarios.flow import flow, value
from scenarios.verdict.amounts import amount
from scenarios.verdict.arrivals import deliveries_ended, vendor_calls, vendors_know, webhook_knows
from scenarios.verdict.conduct import CLOCK_SLACK, contracts, dated, keeps_secrets
from scenarios.verdict.former_keys import left_true
from scenarios.verdict.warehoused import in_warehouse

if TYPE_CHECKING:
    from scenarios.bench import Bench

SHOWN = 5


def judge(bench: Bench, expect: Mapping[str, Any], where: str) -> Iterator[Check]:
    """Check every expectation and yield what was found; `target` narrows them to one write key."""
    target = expect.get("target")
    key = None if target is None else bench.keys[target]
    where = where if target is None else f"{where}, at {target}"
    for name, wanted in expect.items():
        if name != "target":
            yield from _JUDGES[name](bench, wanted, where, key)


def _converged(bench: Bench, wanted: bool, where: str, key: str | None) -> Iterator[Check]:
    if not wanted:
        return
    del key
    differences = bench.differences()
    # What is not there may have been told all the same, and discarded: the cause knows.
    told = [
        f"{_of(d.user_id, d.trait)} {'not at all' if d.found is None else value(d.found)}, must be {value(d.expected)}"
        for d in differences[:SHOWN]
    ]
    more = f"; and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
    note = "; ".join(each.words for each in left_true(bench))
    yield Check("every profile is what it must be", not differences, "; ".join(told) + more, where, note)


def _tally(bench: Bench, key: str | None) -> Counter[tuple[str, str, str]]:
    """Count events by type, verdict and discard code."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (write_key, kind, verdict, code), events in bench.lab.segment.tally().items():
        if key is None or write_key == key:
            found[kind, verdict, code] += events
    return found


def _count(what: str, verdict: str) -> Callable[[Bench, Any, str, str | None], Iterator[Check]]:
    def count(bench: Bench, wanted: Any, where: str, key: str | None) -> Iterator[Check]:
        tally = _tally(bench, key)
        found = sum(
            events
            for (kind, became, _), events in tally.items()
            if became == verdict and (kind == "identify" or verdict != "delivered")
        )
        codes = sorted(code for _, became, code in tally if became == verdict and code)
        yield amount(what, wanted, found, where, f" ({', '.join(codes)})" if codes else "")

    return count


def _discards(bench: Bench, wanted: Mapping[str, Any], where: str, key: str | None) -> Iterator[Check]:
    found: Counter[str] = Counter()
    for (_, verdict, code), events in _tally(bench, key).items():
        found[code] += events if verdict == "discarded" else 0
    for code, number in wanted.items():
        yield amount(f"calls discarded as {code}", number, found[code], where)


def _requests(bench: Bench, wanted: Mapping[str, Any], where: str, key: str | None) -> Iterator[Check]:
    del key
    found = Counter(str(attempt.status) for attempt in attempts(bench.lab.segment))
    for status, number in wanted.items():
        yield amount(f"uploads answered {status}", number, found[status], where)


def _resent(bench: Bench, wanted: Mapping[str, Any], where: str, key: str | None) -> Iterator[Check]:
    del key
    found: Counter[str] = Counter()
    began = [event.segment for event in bench.timeline if isinstance(event, SyncStarted)]
    refused: dict[tuple[int, str], str] = {}  # by the sync and what was said
    for attempt in attempts(bench.lab.segment):
        said = (bisect_left(began, attempt.entry), repr(attempt.events))
        if said in refused:
            found[refused[said]] += 1
        refused[said] = str(attempt.status)
    for status, number in wanted.items():
        yield amount(f"uploads sent again as they were after a {status}", number, found[status], where)


def _attempts(bench: Bench, wanted: list[Mapping[str, Any]], where: str, key: str | None) -> Iterator[Check]:
    del key
    made = list(attempts(bench.lab.segment))
    expected, found = [each["status"] for each in wanted], [each.status for each in made]
    yield Check(
        f"uploads were answered {flow(expected)}, in this order", expected == found, f"it was {flow(found)}", where
    )
    for number, (plan, before, attempt) in enumerate(zip(wanted[1:], made, made[1:], strict=False), 2):
        waited_for = (attempt.at - before.at) / 1000
        least, most = _seconds(plan.get("after")), _seconds(plan.get("within"))
        if least is not None:
            held = waited_for >= least - CLOCK_SLACK
            claim = f"upload {number} comes at least {least:g} s after the one before"
            yield Check(claim, held, f"it came after {waited_for:g} s", where)
        if most is not None:
            claim = f"upload {number} comes within {most:g} s of the one before"
            yield Check(claim, waited_for <= most + CLOCK_SLACK, f"it came after {waited_for:g} s", where)


def _seconds(duration: str | None) -> float | None:
    from scenarios.files import seconds  # noqa: PLC0415 - format reads files, this judges; neither needs the other

    return None if duration is None else seconds(duration)


def _exports(bench: Bench, wanted: Any, where: str, key: str | None) -> Iterator[Check]:
    del key
    asked = sum(
        "/request/" in entry.data["path"] and not entry.data["path"].endswith("/file") for entry in _asked(bench)
    )
    yield amount("exports asked for", wanted, asked, where)


def _polls(bench: Bench, wanted: Any, where: str, key: str | None) -> Iterator[Check]:
    del key
    looked = sum("/request-status/" in entry.data["path"] for entry in _asked(bench))
    yield amount("looks at whether an export is ready", wanted, looked, where)


def _asked(bench: Bench) -> Iterator[Any]:
    return bench.lab.amplitude.workspace.journal.walk(kind="request")


def _profiles(
    bench: Bench, wanted: Mapping[str, Mapping[str, bool | None]], where: str, key: str | None
) -> Iterator[Check]:
    for user_id, cohorts in wanted.items():
        traits = _traits(bench, user_id, key)
        for short, must in cohorts.items():
            trait = bench.trait(short)
            found = traits.get(trait)
            yield _trait(bench, user_id, trait, must, found, where=where)


def _traits(bench: Bench, user_id: str, key: str | None) -> dict[str, object]:
    found: dict[str, object] = {}
    for write_key, profiles in bench.profiles().items():
        if key is None or write_key == key:
            found |= profiles.get(user_id, {})
    return found


def _traits_exactly(
    bench: Bench, wanted: Mapping[str, Mapping[str, Any]], where: str, key: str | None
) -> Iterator[Check]:
    for user_id, traits in wanted.items():
        found = _traits(bench, user_id, key)
        for trait, must in traits.items():
            yield _trait(bench, user_id, trait, must, found.get(trait), where=where)


def _trait(bench: Bench, user_id: str, trait: str, must: object, found: object, *, where: str) -> Check:
    """Compare one trait; what came and told Segment nothing is not called "never told"."""
    claim = f"{_of(user_id, trait)} {value(must)}"
    came = "" if found is must or found is not None else "; ".join(bench.lab.segment.unheard(user_id))
    reason = f"it is not there: {came}" if came else f"it is {value(found)}"
    return Check(claim, found is must, reason, where, about=(user_id, trait))


def _history(
    bench: Bench, wanted: Mapping[str, Mapping[str, list[bool]]], where: str, key: str | None
) -> Iterator[Check]:
    for user_id, cohorts in wanted.items():
        for short, values in cohorts.items():
            trait = bench.trait(short)
            found = [
                event.raw["traits"][trait]
                for event in bench.lab.segment.delivered(user_id=user_id)
                if trait in (event.raw.get("traits") or {}) and (key is None or event.capture.write_key == key)
            ]
            told = ", ".join(map(value, values)) or "nothing"
            was = ", ".join(map(value, found)) or "nothing"
            held = len(found) == len(values) and all(a is b for a, b in zip(found, values, strict=True))
            yield Check(f"{_name(user_id)} was told of {short}: {told}", held, f"it was: {was}", where)


def _calls(
    bench: Bench, wanted: list[Mapping[str, Mapping[str, bool]]], where: str, key: str | None
) -> Iterator[Check]:
    """Look for calls in this order; others may stand between them."""
    delivered = iter(event for event in bench.lab.segment.delivered() if key is None or event.capture.write_key == key)
    for number, call in enumerate(wanted, 1):
        ((user_id, cohorts),) = call.items()
        ((short, must),) = cohorts.items()
        trait = bench.trait(short)
        told = f"{_of(user_id, trait)} {value(must)}"
        claim = f"call {number} of the order, {told}, was delivered after those before it"
        held = any(
            event.raw.get("userId") == user_id and (event.raw.get("traits") or {}).get(trait) is must
            for event in delivered
        )
        yield Check(claim, held, "it was not", where)
        if not held:
            return


def _untold(bench: Bench, wanted: list[str], where: str, key: str | None) -> Iterator[Check]:
    del key
    for user_id in wanted:
        events = sum(1 for _ in bench.lab.segment.events(user_id=user_id))
        many = f"{events} event{'' if events == 1 else 's'}"
        yield Check(f"Segment never heard of {_name(user_id)}", not events, f"it got {many}", where)


def _runs(bench: Bench, wanted: list[str], where: str, key: str | None) -> Iterator[Check]:
    del key
    found = ["killed" if each.was_killed else "succeeded" if each.succeeded else "failed" for each in bench.syncs]
    yield Check(f"the syncs ended {', '.join(wanted)}", found == wanted, f"it was {', '.join(found)}", where)


def _of(user_id: str, trait: str) -> str:
    return f"{_name(user_id)} has {quoted(trait, NAME_COLUMNS * 2)}"


def _name(user_id: str) -> str:
    return quoted(user_id, NAME_COLUMNS)


def _judged_with_each_sync(bench: Bench, wanted: str, where: str, key: str | None) -> Iterator[Check]:
    """Whether a Retry-After was waited for is checked after every sync, as `Scenario.retry_after` says."""
    del bench, wanted, where, key
    yield from ()


_JUDGES: dict[str, Callable[[Bench, Any, str, str | None], Iterator[Check]]] = {
    "converged": _converged,
    "identifies": _count("identify calls delivered", "delivered"),
    "duplicates": _count("duplicates swallowed", "duplicate"),
    "discarded": _count("calls discarded", "discarded"),
    "discards": _discards,
    "requests": _requests,
    "resent": _resent,
    "attempts": _attempts,
    "exports": _exports,
    "polls": _polls,
    "profiles": _profiles,
    "traits": _traits_exactly,
    "destinations": vendors_know,
    "webhook": webhook_knows,
    "deliveries": deliveries_ended,
    "vendor_calls": vendor_calls,
    "history": _history,
    "calls": _calls,
    "untold": _untold,
    "runs": _runs,
    "contracts": contracts,
    "retry_after": _judged_with_each_sync,
    "dated": dated,
    "keeps_secrets": keeps_secrets,
    "warehouse": in_warehouse,
}
