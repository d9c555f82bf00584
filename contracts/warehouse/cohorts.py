"""What a list of cohorts makes of a warehouse, before anything is sent: the set is judged as one.

Every cohort is a column of `identifies` and `users` (segment facts 5.1). Whatever shares a column on an engine is found
by putting the columns together, and each finding carries the shortest rename that helps: the fewest cohorts renamed,
and then the fewest letters changed, so that the whole set is free of clashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.catalogue import rule
from contracts.explain import pointer, quote
from contracts.rule import Observation, Violation
from contracts.trait_key import TraitKey, TraitKeyFormat
from contracts.warehouse.columns import column_name
from contracts.warehouse.engines import OWN_COLUMNS, Engine
from contracts.warehouse.renames import Edit, cheapest

_A_RENAME: Final = 1_000_000
_OTHERWISE: Final = 1_000
"""What an edit of the other kind costs on top: it is for cohorts that no edit of the usual kind helps."""
_OWN: Final = OWN_COLUMNS | {
    "id",  # the messageId in identifies, the user in users
    *("context_integration_name", "context_integration_version", "context_ip", "context_locale", "context_timezone"),
    *("context_library_name", "context_library_version", "context_user_agent", "context_group_id"),
}
_TRIED: Final = 15_000_000
"""Letters of new names that are tried for one set, some seconds' work; after them findings come without a rename."""
_NAMED: Final = 20  # cohorts of one column that a finding names


@dataclass(frozen=True, slots=True)
class Column:
    """Hold a cohort's trait key, its column in snake case, and what the engine keeps of that."""

    key: str
    snake: str
    kept: str

    @property
    def is_nameless(self) -> bool:
        """Say that nothing is left of the name."""
        return not self.snake.strip("_")


class CohortSet:
    """Judge cohorts of one workspace, each with a name and an id, as one set.

    A cohort that is given twice counts once. Raises `BadTraitKey` for a cohort that the spelling cannot write.
    """

    def __init__(self, cohorts: Sequence[TraitKey], spelling: TraitKeyFormat, engine: Engine) -> None:
        self.cohorts = cohorts
        self._spelling = spelling
        self._engine = engine
        self._left = _TRIED
        self.columns = [self._column(cohort.name, cohort.cohort_id) for cohort in cohorts]
        first: dict[TraitKey, int] = {}
        self._counted = [place for place, each in enumerate(cohorts) if first.setdefault(each, place) == place]

    def shared(self) -> list[list[int]]:
        """Return the places of the cohorts that share a column, group by group, in the order of the list."""
        groups: dict[str, list[int]] = {}
        for place in self._counted:
            if not self.columns[place].is_nameless:
                groups.setdefault(self._same(place), []).append(place)
        return [group for group in groups.values() if len(group) > 1]

    def renames(self) -> dict[int, str | None]:
        """Return the new names, by place, with which no two cohorts share a column and none has a column of Segment's.

        None stands for a cohort that no shorter and no numbered name helps.
        """
        lost = {place for place in self._counted if self._is_lost(place)}
        moving = lost.union(*self.shared())
        taken = {self._same(place) for place in self._counted if place not in moving}
        places = sorted(moving)
        found = cheapest([self._edits(place, taken, may_stay=place not in lost) for place in places])
        return {
            place: edit.name if edit is not None else None
            for place, edit in zip(places, found, strict=True)
            if edit is None or edit.cost
        }

    def fitting(self, renames: dict[int, str | None]) -> dict[int, str | None]:
        """Return, by place, the longest beginning of each name that is cut with which its column is kept whole.

        They go together with one another, and with these renames of the cohorts that are not cut.
        """
        cut = {place for place in self._counted if not self._engine.fits(self.columns[place].snake)}
        taken = {self._same(place) for place in self._counted if place not in cut}
        for place, name in renames.items():
            if name is not None and place not in cut:
                taken.add(self._engine.same(self._column(name, self.cohorts[place].cohort_id).kept))
        places = sorted(cut)
        found = cheapest([self._shortened(place, taken, whole=True) for place in places])
        return {place: edit.name if edit is not None else None for place, edit in zip(places, found, strict=True)}

    def violations(self) -> Iterator[tuple[int, Violation]]:
        """Yield what is wrong with the set, each with the place of the cohort that is to be renamed."""
        renames = self.renames()
        fitting = self.fitting(renames)
        told: dict[int, list[int]] = {}
        for group in self.shared():
            staying = next((place for place in group if place not in renames), group[0])
            told |= {
                place: [staying, *(other for other in group if other not in (place, staying))]
                for place in group
                if place != staying
            }
        for place in self._counted:
            for seen in self._of_one(place, renames.get(place), fitting.get(place)):
                yield place, seen
            if place in told:
                yield place, self._of_a_pair(place, told[place], renames.get(place))

    def _column(self, name: str, cohort_id: str) -> Column:
        key = self._spelling.format(name, cohort_id)
        snake = column_name(key)
        return Column(key, snake, self._engine.column(snake))

    def _same(self, place: int) -> str:
        return self._engine.same(self.columns[place].kept)

    def _is_lost(self, place: int) -> bool:
        column = self.columns[place]
        return column.is_nameless or column.snake in _OWN or column.snake in self._engine.reserved

    def _edits(self, place: int, taken: set[str], *, may_stay: bool) -> Iterator[Edit]:
        """Yield what a cohort may be called, cheapest first: as it is; a name that is cut, shorter; another, numbered.

        Where that leads nowhere the other kind follows.
        """
        cohort = self.cohorts[place]
        if may_stay:
            yield Edit(cohort.name, self._same(place), 0)
        is_cut = not self._engine.fits(self.columns[place].snake)
        shortened = self._shortened(place, taken)
        numbered = self._numbered(place, taken)
        further = _OTHERWISE + len(cohort.name)
        yield from shortened if is_cut else numbered
        for edit in numbered if is_cut else shortened:
            yield replace(edit, cost=edit.cost + further)

    def _shortened(self, place: int, taken: set[str], *, whole: bool = False) -> Iterator[Edit]:
        """Yield the beginnings of a name, longest first; white space that then ends it is left out as well."""
        cohort = self.cohorts[place]
        before = cohort.name
        for length in range(len(cohort.name) - 1, 0, -1):
            if self._left < 0:
                return
            name = cohort.name[:length].rstrip()
            if not name or name == before:
                continue
            before = name
            column = self._usable(name, cohort.cohort_id, taken)
            if column is not None and (not whole or self._engine.fits(column.snake)):
                yield Edit(name, self._engine.same(column.kept), _A_RENAME + len(cohort.name) - len(name))

    def _numbered(self, place: int, taken: set[str]) -> Iterator[Edit]:
        """Yield a name with a number after it, from 2 on, as long as the number is seen in the column."""
        cohort = self.cohorts[place]
        if self._column(f"{cohort.name} 2", cohort.cohort_id).kept == self.columns[place].kept:
            return
        for number in range(2, len(self.cohorts) + 3):
            if self._left < 0:
                return
            name = f"{cohort.name} {number}"
            column = self._usable(name, cohort.cohort_id, taken)
            if column is not None:
                yield Edit(name, self._engine.same(column.kept), _A_RENAME + len(name) - len(cohort.name))

    def _usable(self, name: str, cohort_id: str, taken: set[str]) -> Column | None:
        self._left -= len(name)
        column = self._column(name, cohort_id)
        if column.is_nameless or column.snake in _OWN or column.snake in self._engine.reserved:
            return None
        return None if self._engine.same(column.kept) in taken else column

    def _of_one(self, place: int, renamed: str | None, fitting: str | None) -> Iterator[Violation]:
        """Yield what is wrong with one cohort's column, whatever the others are called."""
        column, engine = self.columns[place], self._engine
        named = f"{quote(column.key)} is the column {column.kept}"
        if column.is_nameless:
            yield self._broken("W606", f"the name {quote(column.key)}", fix=self._call(place, renamed))
            return
        if not column.key.isascii():
            yield self._broken("W607", named)
        if column.snake[0] == "_" and column.snake[1:2].isdecimal():
            yield self._broken("W608", named)
        if column.snake in _OWN:
            yield self._broken("W605", named, fix=self._call(place, renamed))
        if column.snake in engine.reserved:
            yield self._broken(
                "W614",
                named,
                message=f"The column's name is a reserved word of {engine.title}.",
                fix=self._call(place, renamed),
            )
        if not engine.fits(column.snake):
            size = engine.size(column.snake)
            yield self._broken(
                "W603",
                f"{quote(column.key)}, {size} {'bytes' if engine.counts_bytes else 'letters'} as a column, of which "
                f"{engine.title} keeps {column.kept}",
                message=f"{engine.title} keeps {engine.limit} of a column's name, and cuts this one.",
                expected=f"at most {engine.limit} in snake case",
                fix=self._call(place, fitting, "the whole name is kept"),
            )

    def _of_a_pair(self, place: int, others: list[int], renamed: str | None) -> Violation:
        column = self.columns[place]
        is_one = column.snake == self.columns[others[0]].snake
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        named = ", ".join(quote(self.columns[other].key) for other in others[:_NAMED])
        found = f"{quote(column.key)} and {named}{more} share the column {column.kept}"
        fix = self._call(place, renamed, "no two of these cohorts share a column")
        engine = self._engine
        if is_one:
            return self._broken("W601", found, fix=fix)
        return self._broken(
            "W604",
            found,
            message=f"{engine.title} keeps {engine.limit} of a name, and these names are one after the cut.",
            expected=f"names that differ in what {engine.title} keeps of them",
            fix=fix,
        )

    def _call(self, place: int, name: str | None, then: str = "it has a column of its own") -> str | None:
        if name is None:
            return None
        before = self.cohorts[place].name
        letters = abs(len(before) - len(name))
        changed = f"{letters} letter{'' if letters == 1 else 's'} {'fewer' if len(name) < len(before) else 'more'}"
        return f"Call it {_whole(name)}, {changed}: with the renames told here {then}."

    @staticmethod
    def _broken(
        code: str, found: str, *, message: str | None = None, expected: str | None = None, fix: str | None = None
    ) -> Violation:
        seen = Violation.of(rule(code), Observation(pointer([]), found, expected))
        return replace(seen, message=message or seen.message, fix=fix or seen.fix)


def _whole(name: str) -> str:
    return json.dumps(name, ensure_ascii=not name.isprintable())
