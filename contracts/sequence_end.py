"""The end of a capture: who was never told, and which traits nobody will ever flip again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from contracts.explain import pointer, quote
from contracts.memberships import Memberships
from contracts.rule import Observation, Violation
from contracts.rules import rule
from contracts.sequence import Place, Sequence

_NAMED: Final = 100
"""Users named for one rule and cohort; a lost first sync of millions must not fill the report."""


def at_the_end(sequence: Sequence, memberships: Memberships | None, file: str) -> Iterator[tuple[Place, Violation]]:
    """Yield what only the whole capture shows, with the place to look at.

    Without memberships the live key of a cohort is the one that appeared last.
    """
    live = _live_keys(sequence, memberships)
    yield from _orphans(sequence, live)
    for cohort in (memberships or {}).values():
        key = live[cohort.cohort_id]
        has_it = {user for (user, name), told in sequence.state.items() if name == key and told.is_member}
        for user in itertools.islice(sorted(has_it - cohort.members), _NAMED):
            told = sequence.state[user, key]
            yield told.place, _broken("S710", key, f"true for {quote(user)}, who is not a member")
        for user in itertools.islice(sorted(cohort.members - has_it), _NAMED):
            last = sequence.state.get((user, key))
            found = f"{'false' if last else 'nothing'} for {quote(user)}, who is a member"
            yield (last.place if last else Place(file, 0)), _broken("S711", key, found)


def _live_keys(sequence: Sequence, memberships: Memberships | None) -> dict[str, str]:
    """Return the trait key that is still written, by cohort id."""
    if memberships is None:
        return {key.cohort_id: name for name, key in sorted(sequence.keys.items(), key=lambda item: item[1].order)}
    return {cohort.cohort_id: cohort.key(sequence.spelling) for cohort in memberships.values()}


def _orphans(sequence: Sequence, live: dict[str, str]) -> Iterator[tuple[Place, Violation]]:
    written = set(live.values())
    stuck: dict[str, list[str]] = {}
    for (user, name), told in sequence.state.items():
        if told.is_member and name not in written:
            stuck.setdefault(name, []).append(user)
    for name, users in stuck.items():
        some = ", ".join(quote(user) for user in sorted(users)[:3])
        found = (
            f"true for {len(users):,} user{'s' if len(users) > 1 else ''} ({some}{', ...' if len(users) > 3 else ''})"
        )
        yield sequence.state[users[0], name].place, _broken("S708", name, found)


def _broken(code: str, key: str, found: str) -> Violation:
    return Violation.of(rule(code), Observation(pointer(["traits", key]), found))
