"""Until when members stay who they are, if nothing comes: what time alone can change, and when first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from contracts.definitions.model import Clause, Definition, InCohort, InEach, Nth, Performed, Returned, Window
from contracts.definitions.windows import LATEST, Bounds, Rules, bounds, edges, slices

Edge = Callable[[int, int | None], int | None]


def next_edge(definition: Definition, now: int, rules: Rules, edge: Edge) -> int:
    """Return the first moment after one at which time may change a member.

    `edge(start, end)` tells the time of the first event at or after a moment and before another. The earliest event of
    a window is the first to go out of it, and the earliest beyond its end the first to come in.
    """
    return min((moment for moment in _edges(definition, now, rules, edge) if moment > now), default=LATEST)


def _edges(definition: Definition, now: int, rules: Rules, edge: Edge) -> Iterator[int]:
    beyond = edge(now + 1, None)
    if beyond is not None:  # an event whose time is still to come counts when it has come
        yield beyond
    for window in dict.fromkeys(window for clause in definition.clauses() for window in _windows(clause)):
        start, end = bounds(window, now, rules)
        for first in (edge(start, end), edge(end, now + 1)):
            if first is not None:
                yield from edges(window, first, rules)
    if any(isinstance(clause, InEach) for clause in definition.clauses()):
        yield now + 1  # an event goes from slice to slice


def strips(definition: Definition, before: int, now: int, rules: Rules) -> frozenset[Bounds]:
    """Return the times whose events came into a window, out of it, or into another slice between two moments."""
    found = {(min(before, now) + 1, max(before, now) + 1)}
    for clause in definition.clauses():
        if isinstance(clause, InCohort):
            continue
        pairs = [(bounds(clause.window, before, rules), bounds(clause.window, now, rules))]
        if isinstance(clause, InEach):
            pairs += zip(slices(clause, before, rules), slices(clause, now, rules), strict=True)
        for then, today in pairs:
            found |= {(min(edge), max(edge)) for edge in zip(then, today, strict=True)}
    return frozenset(each for each in found if each[0] < each[1])


def _windows(clause: Clause) -> Iterator[Window]:
    if not isinstance(clause, InCohort):
        yield clause.window


def needs_history(definition: Definition) -> list[str]:
    """Return the kinds of clauses for which there is no real-time sync (amplitude facts 2.4, row 11 [doc])."""
    kinds = {
        "retention": any(isinstance(clause, Returned) for clause in definition.clauses()),
        "an interval that repeats": any(isinstance(clause, InEach) for clause in definition.clauses()),
        "an n-th time": any(
            isinstance(clause, Performed) and isinstance(clause.measure, Nth) for clause in definition.clauses()
        ),
    }
    return [kind for kind, is_there in kinds.items() if is_there]
