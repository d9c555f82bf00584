"""Judging a trial: what Segment was told, folded as it comes, against the oracle and the contracts."""

from __future__ import annotations

from collections import defaultdict
from zlib import crc32

from contracts.check import contract
from contracts.reading import json_size
from contracts.sequences import Place, Sequence
from contracts.trait_key import trait_key_format
from scenarios.lab import Lab
from scenarios.oracle import Difference, Oracle
from scenarios.simulation.generate import USERS
from scenarios.simulation.repair import Data

STYLE = "amplitude"
SPELLING = trait_key_format(STYLE)
PAYLOADS_CHECKED = 4
_NAMED = frozenset(USERS)


class Broken(Exception):
    """Something did not hold: of which kind, and in words."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


class _Told:
    """What one write key was told: folded as it came, beside the oracle that says what it must be."""

    def __init__(self) -> None:
        self.oracle = Oracle()
        self.sequence = Sequence(SPELLING)
        self.values: dict[str, dict[str, object]] = {}  # trait key -> user id -> what was told last

    def differences(self) -> list[Difference]:
        """Compare every profile with the oracle."""
        if self.oracle.is_plainly_right(self.values):
            return []
        profiles: dict[str, dict[str, object]] = {}
        for trait, values in self.values.items():
            for user_id, value in values.items():
                profiles.setdefault(user_id, {})[trait] = value
        return self.oracle.differences(profiles)


class Judge:
    """Follows what a lab's Segment is told, and raises `Broken` when it is not what it must be."""

    def __init__(self, lab: Lab, *, keeps_contracts: bool) -> None:
        self._segment = lab.segment
        self._keeps_contracts = keeps_contracts
        self._payload = contract("cohort-identify", STYLE)
        self._told: defaultdict[str, _Told] = defaultdict(_Told)  # by write key
        self._read = self._kept_out = 0

    def oracle(self, write_key: str) -> Oracle:
        """Return the oracle of what is known under a write key."""
        return self._told[write_key].oracle

    def judge(self) -> None:
        """Compare every profile with the oracle."""
        self.fold()
        differences = [found for told in self._told.values() for found in told.differences()]
        if differences:
            more = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
            raise Broken("profiles", f"{_in_words(differences[0])}{more}")

    def judge_end(self) -> None:
        """Look for what Segment took and dropped."""
        tally = self._segment.tally()
        discarded = sum(events for (_, _, verdict, _), events in tally.items() if verdict == "discarded")
        if discarded:
            raise Broken("discarded", f"Segment discarded {discarded} events")

    def fold(self) -> None:
        """Take in what was delivered since the last look: nothing in a rehearsal delays or reorders events."""
        tally = self._segment.tally()
        kept_out = sum(events for (_, _, verdict, _), events in tally.items() if verdict in {"discarded", "duplicate"})
        all_delivered, self._kept_out = kept_out == self._kept_out, kept_out
        for capture in self._segment.captures(after=self._read):
            self._read = capture.seq
            items, told = capture.items, self._told[capture.write_key]
            if not all_delivered:
                verdicts = self._segment.verdicts_of(capture.seq)
                items = [item for item, found in zip(items, verdicts, strict=True) if found.verdict == "delivered"]
            for item in items:
                for trait, value in item["traits"].items():
                    told.values.setdefault(trait, {})[item["userId"]] = value
            if self._keeps_contracts:
                self._check(capture.envelope["batch"], told.sequence, capture.seq)

    def _check(self, events: list[Data], sequence: Sequence, entry: int) -> None:
        # The payload contract on some events of each upload: the same code wrote them all.
        found = [
            violation
            for event in events[:PAYLOADS_CHECKED]
            for violation in self._payload.violations(event, sent_bytes=json_size(event))
        ]
        followed = [event for event in events if _is_followed(event["userId"])]
        found += [violation for _, violation in sequence.see(followed, Place("uploads", entry))]
        for violation in found:
            if str(violation.rule.severity) == "error":
                raise Broken(f"contract {violation.rule.code}", f"upload {entry}: {violation.message}")


def _is_followed(user_id: str) -> bool:
    """Say whether the contracts over a sequence follow a user: everyone named, and one in eight of those generated."""
    return user_id in _NAMED or crc32(user_id.encode()) % 8 == 0


def _in_words(difference: Difference) -> str:
    expected = "never told" if difference.expected is None else str(difference.expected).lower()
    return f"{difference.user_id!r} has {difference.trait!r} {difference.found!r}, must be {expected}"
