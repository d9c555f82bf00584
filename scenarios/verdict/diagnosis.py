"""Diagnosis: for the fewest users that show what went wrong, what was expected, what was found, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from contracts.foreign import NAME_COLUMNS, quoted
from mock_segment.delivery import traits_meant
from scenarios.bench import Attempt, SyncStarted
from scenarios.flow import json_of
from scenarios.verdict.causes import cause_of
from scenarios.verdict.evidence import Evidence
from scenarios.verdict.former_keys import left_true

if TYPE_CHECKING:
    from scenarios.bench import Bench

MOST_FINDINGS = 3
STILLBORN = "the program ends before its first call"
_LOOKED_AT = 40  # differences; those of one cause look alike


@dataclass(frozen=True, slots=True)
class Finding:
    """One user's trait: since which step it is wrong, what it is, what it must be, and the probable cause.

    `kind` is the cause in words that fit others of its kind, by which failures are counted together.
    """

    step: int
    words: str
    user_id: str
    trait: str
    expected: bool | None
    found: object
    cause: str
    told: tuple[str, ...]
    kind: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def diagnose(bench: Bench) -> Iterator[Finding]:
    """Explain the first differences of a scenario that failed, one for each cause."""
    wrong = bench.went_wrong
    evidence = Evidence(bench)
    if stillborn := _stillborn(bench):
        yield stillborn
        return
    if wrong is None:
        yield from _of_former_keys(bench, evidence)
        yield from _repetitions(evidence)
        return
    causes: set[str] = set()
    for difference in wrong.differences[:_LOOKED_AT]:
        kind, cause = cause_of(evidence, difference)
        if kind in causes:
            continue
        causes.add(kind)
        yield Finding(
            wrong.step,
            wrong.words,
            difference.user_id,
            difference.trait,
            difference.expected,
            difference.found,
            cause,
            tuple(evidence.story(difference.user_id)),
            kind,
        )
        if len(causes) == MOST_FINDINGS:
            return


def _stillborn(bench: Bench) -> Finding | None:
    """Return why nothing happened at all, when no sync got as far as its first call."""
    if not bench.syncs or any(sync.succeeded or sync.calls for sync in bench.syncs):
        return None
    step = next(event for event in bench.timeline if isinstance(event, SyncStarted))
    reason = re.sub("^it ", "the program ", bench.syncs[0].reason.removesuffix("."))
    return Finding(step.step, f"sync {step.cohort}", "", "", None, None, f"{reason}.", (), STILLBORN)


def _of_former_keys(bench: Bench, evidence: Evidence) -> Iterator[Finding]:
    """Yield, for a claim about a key that a cohort had before, that nobody closes it."""
    failed = {check.about for check in bench.checks if not check.held and check.about}
    for left in left_true(bench):
        user_id = next((each for each in left.users if (each, left.key.trait) in failed), None)
        if user_id is None:
            continue
        now = bench.trait(left.key.cohort)
        sent = evidence.by_user.get(user_id, ())
        told = [(attempt, traits_meant(event)[now]) for attempt, _, event in sent if now in traits_meant(event)]
        cause = f"nobody closes the old key since the rename at step {left.key.step}."
        step, words = left.key.step, f"rename {left.key.cohort}"
        if told:
            attempt, value = told[-1]
            step, words = evidence.sync_of(attempt)
            cause = f"told {json_of(value)} under the new name, {quoted(now, 2 * NAME_COLUMNS)}; {cause}"
        yield Finding(
            step,
            words,
            user_id,
            left.key.trait,
            False,
            True,
            cause,
            tuple(evidence.story(user_id)),
            "old keys stay true after a rename",
        )
        return


def _repetitions(evidence: Evidence) -> Iterator[Finding]:
    """Yield the first user who was told the same twice, and why Segment took it for news."""
    last: dict[tuple[str, str, str], tuple[Attempt, dict[str, Any]]] = {}
    for user_id, sent in (*evidence.by_user.items(), ("", evidence.unnamed)):
        for attempt, index, event in sent:
            if evidence.verdict(attempt, index) != "delivered":
                continue
            if not isinstance(event.get("userId"), str):
                yield _nobody(evidence, attempt, event)
                return
            for trait, value in traits_meant(event).items():
                before = last.get((attempt.write_key, user_id, trait))
                last[attempt.write_key, user_id, trait] = (attempt, event)
                if before is None:
                    continue
                if traits_meant(before[1])[trait] is value:
                    yield _repetition(evidence, (user_id, trait), value, before[0], attempt)
                    return
                if evidence.sync_of(before[0]) == evidence.sync_of(attempt) and before[0].status == 200:
                    yield _turned(evidence, user_id, trait, value, attempt)
                    return


def _repetition(evidence: Evidence, whose: tuple[str, str], value: object, first: Attempt, again: Attempt) -> Finding:
    user_id, trait = whose
    if first.entry == again.entry:
        cause = "it stands twice in one upload."
    elif first.status != 200:
        cause = (
            f"its upload was stored and {evidence.answer(first)}, and it was sent again under another messageId: "
            "keep the messageId of a change for every attempt, or Segment stores it twice."
        )
    else:
        cause = f"it was told {json_of(value)} before and nothing had changed: only who entered and left is to be told."
    step, words = evidence.sync_of(again)
    expected = value if isinstance(value, bool) else None
    story = tuple(evidence.story(user_id))
    return Finding(step, words, user_id, trait, expected, value, cause, story, "the same is told twice")


def _nobody(evidence: Evidence, attempt: Attempt, event: dict[str, Any]) -> Finding:
    step, words = evidence.sync_of(attempt)
    cause = "an event without a userId was sent: of an anonymous member Segment cannot be told."
    return Finding(step, words, "", ", ".join(traits_meant(event)), None, None, cause, (), "anonymous members are told")


def _turned(evidence: Evidence, user_id: str, trait: str, value: object, attempt: Attempt) -> Finding:
    step, words = evidence.sync_of(attempt)
    cause = "it was told true and false by one sync: who stays is not to be told at all."
    story = tuple(evidence.story(user_id))
    return Finding(step, words, user_id, trait, None, value, cause, story, "who stays is told false and true")
