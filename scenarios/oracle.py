"""The oracle: the smallest model that says what must be true of every profile.

It knows memberships and successful syncs, and nothing of batches, retries or faults. After a sync, every
identified member has the cohort's trait true, everyone told true before who is no member now has it false,
and nobody else was told anything (amplitude facts 3.2 [doc]; anonymous members are never told, 4.1 [doc]).

Where the vendors publish nothing, it accepts every sensible answer (amplitude facts 7). After a rename the members
who stay may be told again under the new key, and the old key may be cleared (7.7). Who leaves is told false
under the new key or the old. A deleted person may be told false or not (7.21). A sync that failed may have
told anybody it was about to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One trait of one user that is not what it must be, at a target when there are several; None is never told."""

    user_id: str
    trait: str
    expected: bool | None
    found: object
    target: str = ""


class Oracle:
    """What Segment must know under one write key, kept as the syncs succeed."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, bool | None]] = {}  # trait key -> user id -> value
        self._members: dict[str, frozenset[str]] = {}  # cohort id -> those told true at the last sync
        self._key: dict[str, str] = {}  # cohort id -> trait key of the last sync
        self._also: dict[tuple[str, str], set[bool | None]] = {}  # (trait, user) -> values as good as the first
        self._instead: dict[tuple[str, str], str] = {}  # (trait, user) -> an older key that may say false instead
        self._maybe: dict[str, set[str]] = {}  # trait key -> users a failed sync may or may not have told
        self._pending: dict[str, set[str]] = {}  # the same, while no sync has succeeded since
        self._leaving: dict[str, set[str]] = {}  # trait key -> users whom a failed sync since then may have told false
        self._tried: dict[str, set[str]] = {}  # cohort id -> trait keys of failed syncs since the last success
        self._forgotten: set[str] = set()
        self.changes = 0

    def synced(self, cohort_id: str, trait: str, members: Iterable[str | None]) -> None:
        """Take in a successful sync of these members; None is an anonymous one."""
        now = frozenset(user_id for user_id in members if user_id)
        before = self._members.get(cohort_id, frozenset())
        older = self._key.get(cohort_id, trait)
        told = self._told.setdefault(trait, {})
        entered = now - before
        self._forgotten -= entered
        self._settle(trait, entered, value=True)
        for user_id in before - now:
            had_this_key = told.get(user_id) is True
            self._settle(trait, (user_id,), value=False)
            if user_id in self._forgotten:
                self._also[trait, user_id] = {True, None}
            elif not had_this_key:
                self._instead[trait, user_id] = self._older_key(trait, user_id)
        if older != trait:
            self._rename(older, trait, now & before, before)
        for tried in self._tried.pop(cohort_id, set()) - {trait}:  # completed under the name it was begun with
            for user_id in (now - before) & self._pending.get(tried, set()):
                self._also[trait, user_id] = {None}
            for user_id in (before - now) & self._leaving.get(tried, set()):
                self._instead[trait, user_id] = tried
            self._maybe.setdefault(trait, set()).update(self._pending.get(tried, set()) - now)
        self.changes += len(now ^ before)
        self._members[cohort_id] = now
        self._key[cohort_id] = trait
        self._pending.pop(trait, None)
        self._leaving.pop(trait, None)

    def _settle(self, trait: str, users: Collection[str], *, value: bool) -> None:
        self._told.setdefault(trait, {}).update(dict.fromkeys(users, value))
        for open_question in (self._also, self._instead):
            if open_question:  # seldom
                for user_id in users:
                    open_question.pop((trait, user_id), None)

    def _older_key(self, trait: str, user_id: str) -> str:
        return next((key for key, told in self._told.items() if key != trait and told.get(user_id) is True), trait)

    def _rename(self, older: str, trait: str, staying: frozenset[str], before: frozenset[str]) -> None:
        told = self._told[trait]
        for user_id in staying:
            if told.get(user_id) is not True:
                told[user_id] = None
                self._also[trait, user_id] = {True}
        for user_id in before:
            if self._told.get(older, {}).get(user_id) is True:
                self._also.setdefault((older, user_id), set()).add(False)

    def attempted(self, trait: str, members: Iterable[str | None], cohort_id: str = "") -> None:
        """Take in a sync that failed: it may have told any of these members before it did.

        Until a sync succeeds, any of them may have been told true and any other one false. One who is no member at
        the next sync may then be told false, or never have been told.
        """
        users = {user_id for user_id in members if user_id}
        leaving = (self._members.get(cohort_id, frozenset()) | self._pending.get(trait, set())) - users
        self._leaving.setdefault(trait, set()).update(leaving)
        self._tried.setdefault(cohort_id, set()).add(trait)
        self._maybe.setdefault(trait, set()).update(users | leaving)
        self._pending.setdefault(trait, set()).update(users)

    def forgot(self, user_id: str) -> None:
        """Take in that a person was deleted: nobody can be sure that a leave is still told."""
        self._forgotten.add(user_id)

    def users(self) -> set[str]:
        """Return everybody who was to be told something so far."""
        return {user_id for told in self._told.values() for user_id in told}

    def expected(self, user_id: str, trait: str) -> bool | None:
        """Return what a user's trait must be; None when nobody may have been told."""
        return self._told.get(trait, {}).get(user_id)

    def is_plainly_right(self, traits: Mapping[str, Mapping[str, object]]) -> bool:
        """Say whether values, given by trait key and user id, are just what was told; if not, `differences` knows."""
        told = {trait: values for trait, values in self._told.items() if values}
        return told == traits and all(set(map(type, values.values())) <= {bool} for values in traits.values())

    def differences(self, profiles: Mapping[str, Mapping[str, object]]) -> list[Difference]:
        """Compare every profile, given as traits by user id, with what it must be."""
        found = []
        for trait, told in self._told.items():
            for user_id, value in told.items():
                traits = profiles.get(user_id, {})
                actual = traits.get(trait)
                if not (actual is value or self._is_as_good(user_id, trait, actual, traits)):
                    found.append(Difference(user_id, trait, value, actual))
        for user_id, traits in profiles.items():
            for trait, actual in traits.items():
                if user_id in self._told.get(trait, {}) or self._may_be_told(user_id, trait, actual):
                    continue
                found.append(Difference(user_id, trait, None, actual))
        return sorted(found, key=lambda difference: (difference.user_id, difference.trait))

    def _is_as_good(self, user_id: str, trait: str, actual: object, traits: Mapping[str, object]) -> bool:
        if any(actual is other for other in self._also.get((trait, user_id), ())):
            return True
        if trait in self._pending and isinstance(actual, bool):
            is_pending = user_id in self._pending[trait]
            return is_pending if actual else not is_pending or user_id in self._leaving[trait]
        older = self._instead.get((trait, user_id))
        return older is not None and actual is None and traits.get(older) is False

    def _may_be_told(self, user_id: str, trait: str, actual: object) -> bool:
        if actual is True:
            return user_id in self._pending.get(trait, ())
        return actual is False and user_id in self._maybe.get(trait, ())
