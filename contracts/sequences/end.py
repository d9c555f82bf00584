"""The end of a capture: who was never told, and which traits nobody will ever flip again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.catalogue import rule
from contracts.explain import pointer, quote
from contracts.rule import Observation, Violation
from contracts.sequences.memberships import Memberships
from contracts.sequences.sequence import Place, Sequence

_WORDS: Final = {True: "true", False: "false", None: "null"}
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
        known = sequence.keys.get(key)
        has_it = {user for user, told in known.told.items() if told.is_member} if known is not None else set()
        wrong = (
            ("S710", has_it - cohort.members, "who is not a member"),
            ("S711", cohort.members - has_it, "who is a member"),
        )
        for code, users, who in wrong:
            for user in sorted(users)[:_NAMED]:
                told = sequence.told(user, key)
                value = "nothing" if told is None else _WORDS[told.is_member]
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
    for name, key in sequence.keys.items():
        users = [] if name in written else [user for user, told in key.told.items() if told.is_member]
        if not users:
            continue
        some = ", ".join(quote(user) for user in sorted(users)[:3])
        found = (
            f"true for {len(users):,} user{'s' if len(users) > 1 else ''} ({some}{', ...' if len(users) > 3 else ''})"
        )
        yield key.told[users[0]].place, _broken("S708", name, found)


def _broken(code: str, key: str, found: str) -> Violation:
    return Violation.of(rule(code), Observation(pointer(["traits", key]), found))
