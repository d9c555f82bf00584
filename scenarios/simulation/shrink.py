"""Shrinking: from a rehearsal that fails to the smallest one found that fails the same way.

A reduction of a rehearsal is a row of whole numbers: for each thing in it, how much of it is kept. It begins with
everything. Then blocks of numbers become zero, all at once, halves, quarters, down to single ones, and what cannot be
zero becomes as small as it can, until nothing more can go. Candidates stand in an order, and the first that fails is
taken: several may be tried at once, and the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from scenarios.campaigns import Crew, alone, first_that
from scenarios.simulation.repair import Data, repaired

Draw = Callable[[int], int]  # the most that may be kept -> how much is
_Row = tuple[int, ...]
_Way = tuple[int, int]


def shrunk(data: Data, fails: Callable[[Data], bool], crew: Crew | None = None) -> Data:
    """Return the smallest reduction found of rehearsal data that still fails, repaired; the same whoever tries them."""
    shrinking = _Shrinking(data, fails, crew or alone())
    while shrinking.by_blocks() | shrinking.by_numbers():
        pass
    return shrinking.smallest


class _Shrinking:
    """The smallest reduction so far."""

    def __init__(self, data: Data, fails: Callable[[Data], bool], crew: Crew) -> None:
        self._data, self._fails, self._crew = data, fails, crew
        whole: list[int] = []

        def everything(most: int) -> int:
            whole.append(most)
            return most

        self.smallest = repaired(reduced(data, everything))
        self._row = tuple(whole)
        self._tried = {orjson.dumps(self.smallest)}

    def by_blocks(self) -> bool:
        """Take away blocks of everything, smaller and smaller ones; say whether any could go."""
        is_smaller = False
        size = len(self._row)
        while size:
            is_smaller |= self._each([(start, size) for start in range(0, len(self._row), size)], self._without)
            size //= 2
        return is_smaller

    def by_numbers(self) -> bool:
        """Keep less of what there is several of; say whether any could be less."""
        many = [place for place, number in enumerate(self._row) if number > 1]
        return self._each([(place, share) for place in many for share in (0, 1, 2, 3)], self._less)

    def _without(self, block: tuple[int, int]) -> _Row:
        start, size = block
        return (*self._row[:start], *(0 for _ in self._row[start : start + size]), *self._row[start + size :])

    def _less(self, told: tuple[int, int]) -> _Row:
        place, share = told
        number = self._row[place]
        less = (min(number, 1), number // 4, number // 2, max(0, number - 1))[share]
        return (*self._row[:place], less, *self._row[place + 1 :])

    def _each(self, ways: Sequence[_Way], row_of: Callable[[_Way], _Row]) -> bool:
        """Try each way to be smaller in turn, on what the ones before it left; say whether any still fails."""
        is_smaller = False
        at = 0
        while at < len(ways):
            made: dict[bytes, None] = {}
            found = first_that(_Fails(self._fails), self._candidates(ways, at, row_of, made), self._crew)
            # Those behind the one that was taken have been tried as well where several are at once, and are again.
            self._tried.update(list(made)[: None if found is None else found[0] + 1])
            if found is None:
                break
            _, candidate = found
            self._row, self.smallest = candidate.row, candidate.data
            at = candidate.way + 1
            is_smaller = True
        return is_smaller

    def _candidates(
        self, ways: Sequence[_Way], at: int, row_of: Callable[[_Way], _Row], made: dict[bytes, None]
    ) -> Iterator[_Candidate]:
        for place in range(at, len(ways)):
            row = row_of(ways[place])
            if row == self._row:
                continue
            numbers = iter(row)
            data = repaired(reduced(self._data, lambda most, numbers=numbers: min(most, next(numbers))))  # type: ignore[misc]
            key = orjson.dumps(data)
            if key not in self._tried and key not in made:
                made[key] = None
                yield _Candidate(place, row, data)


@dataclass(frozen=True, slots=True)
class _Candidate:
    way: int
    row: _Row
    data: Data


@dataclass(frozen=True, slots=True)
class _Fails:
    """Asks a candidate; it can be sent to where the crew is."""

    fails: Callable[[Data], bool]

    def __call__(self, candidate: _Candidate) -> bool:
        return self.fails(candidate.data)


def trimmed(data: Data, fails: Callable[[Data], bool], crew: Crew | None = None) -> Data:
    """Return the data without any step that can be missed, last ones first: the end they all have is for judging."""
    steps: list[Data] = list(data["steps"])
    places = list(reversed(range(len(steps))))
    while places and len(steps) > 1:
        fewer = ({**data, "steps": steps[:place] + steps[place + 1 :]} for place in places)
        found = first_that(fails, fewer, crew or alone())
        if found is None:
            break
        steps = found[1]["steps"]
        places = places[found[0] + 1 :]
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
