"""The end of a capture: who was never told, and which traits nobody will ever flip again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.catalogue import rule
from contracts.explain import pointer, quote
from contracts.rule import Observation, Violation
from contracts.sequences.memberships import Memberships
from contracts.sequences.sequence import Place, Sequence

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
        wrong = (
            ("S710", has_it - cohort.members, "who is not a member"),
            ("S711", cohort.members - has_it, "who is a member"),
        )
        for code, users, who in wrong:
            for user in sorted(users)[:_NAMED]:
                told = sequence.state.get((user, key))
                value = "nothing" if told is None else "true" if told.is_member else "false"
                yield (told.place if told else Place(file, 0)), _broken(code, key, f"{value} for {quote(user)}, {who}")
            if len(users) > _NAMED:
                yield Place(file, 0), _broken(code, key, f"the same for {len(users) - _NAMED:,} more users")


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
