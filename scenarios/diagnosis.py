"""Diagnosis: for the fewest users that show what went wrong, what was expected, what was found, and why.

The evidence is in the journals: what was sent about a user, how it was answered, what became of it, and which
other ids Segment heard of instead. Each cause is one small function; the first that fits is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mock_core.clock import iso
from scenarios.attempts import Attempt, attempts
from scenarios.oracle import Difference
from scenarios.timeline import SyncStarted

if TYPE_CHECKING:
    from scenarios.bench import Bench

MOST_FINDINGS = 3
_LOOKED_AT = 40  # differences; those of one cause look alike


@dataclass(frozen=True, slots=True)
class Finding:
    """One user's trait: since which step it is wrong, what it is, what it must be, and the probable cause."""

    step: int
    words: str
    user_id: str
    trait: str
    expected: bool | None
    found: object
    cause: str
    told: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def diagnose(bench: Bench) -> Iterator[Finding]:
    """Explain the first differences of a scenario that failed, one for each cause."""
    wrong = bench.went_wrong
    evidence = _Evidence(bench)
    if wrong is None:
        yield from evidence.repetitions()
        return
    causes: set[str] = set()
    for difference in wrong.differences[:_LOOKED_AT]:
        kind, cause = evidence.cause(difference)
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
        )
        if len(causes) == MOST_FINDINGS:
            return


class _Evidence:
    """What was sent, looked up by user."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.attempts = list(attempts(bench.lab.segment))
        self.by_user: dict[str, list[tuple[Attempt, int, dict[str, Any]]]] = {}
        for attempt in self.attempts:
            for index, event in enumerate(attempt.events):
                self.by_user.setdefault(str(event.get("userId")), []).append((attempt, index, event))
        self._bare_ids: dict[str, list[str]] = {}
        for user_id in self.by_user:
            self._bare_ids.setdefault(_bare(user_id), []).append(user_id)
        self.members = {
            user_id for short in bench.scenario.cohorts for user_id in bench.members(bench.cohort_id(short))
        }

    def sent(self, difference: Difference) -> list[tuple[Attempt, int, dict[str, Any]]]:
        """Return what was sent about a user's trait."""
        return [
            each
            for each in self.by_user.get(difference.user_id, ())
            if difference.trait in (each[2].get("traits") or {})
        ]

    def twin_of(self, user_id: str) -> str | None:
        """Return another id that was sent and differs in case, space, leading zeros or quotes only."""
        return next((each for each in self._bare_ids.get(_bare(user_id), ()) if each != user_id), None)

    def cause(self, difference: Difference) -> tuple[str, str]:
        """Return the kind of cause, for telling one of each, and the cause in words."""
        for look in _CAUSES:
            found = look(self, difference)
            if found:
                return look.__name__, found
        return "unknown", "nothing that was sent explains it."

    def story(self, user_id: str) -> Iterator[str]:
        """Yield what Segment was told about a user, attempt by attempt."""
        for attempt, index, event in self.by_user.get(user_id, ())[-6:]:
            yield (
                f"{iso(attempt.at)} upload {attempt.entry} [{index}] {event.get('traits')} -> "
                f"{self.answer(attempt)}, {self.verdict(attempt, index)}"
            )

    def repetitions(self) -> Iterator[Finding]:
        """Yield the first user who was told the same twice, and why Segment took it for news."""
        last: dict[tuple[str, str, str], tuple[Attempt, dict[str, Any]]] = {}
        for user_id, sent in self.by_user.items():
            for attempt, index, event in sent:
                if self.verdict(attempt, index) != "delivered":
                    continue
                for trait, value in (event.get("traits") or {}).items():
                    before = last.get((attempt.write_key, user_id, trait))
                    last[attempt.write_key, user_id, trait] = (attempt, event)
                    if before is not None and before[1]["traits"][trait] is value:
                        yield self._repetition(user_id, trait, value, before[0], attempt)
                        return

    def _repetition(self, user_id: str, trait: str, value: object, first: Attempt, again: Attempt) -> Finding:
        if first.entry == again.entry:
            cause = "it stands twice in one upload."
        elif first.status != 200:
            cause = (
                f"its upload was stored and {self.answer(first)}, and it was sent again under another messageId: "
                "keep the messageId of a change for every attempt, or Segment stores it twice."
            )
        else:
            cause = f"it was told {value} before and nothing had changed: only who entered and who left is to be told."
        step, words = self._sync_of(again)
        expected = value if isinstance(value, bool) else None
        return Finding(step, words, user_id, trait, expected, value, cause, tuple(self.story(user_id)))

    def _sync_of(self, attempt: Attempt) -> tuple[int, str]:
        """Return the step and the words of the sync that made an upload."""
        started = [event for event in self.bench.timeline if isinstance(event, SyncStarted)]
        during = [event for event in started if event.segment < attempt.entry]
        return (during[-1].step, f"sync {during[-1].cohort}") if during else (0, "the start")

    @staticmethod
    def answer(attempt: Attempt) -> str:
        return "connection lost" if attempt.status == 0 else f"answered {attempt.status}"

    def verdict(self, attempt: Attempt, index: int) -> str:
        if not attempt.is_stored:
            return "not stored"
        verdicts = self.bench.lab.segment.verdicts(attempt.entry)
        if index >= len(verdicts):
            return "not stored"
        found = verdicts[index]
        return f"{found.verdict} {found.code}".strip()


def _wrong_type(evidence: _Evidence, difference: Difference) -> str:
    del evidence
    if difference.found is None or isinstance(difference.found, bool):
        return ""
    return f"the value is {difference.found!r}, not a JSON boolean: send true or false without quotes."


def _stranger(evidence: _Evidence, difference: Difference) -> str:
    """Look for somebody who was told and is nobody: a changed id, an anonymous member, another cohort's key."""
    if difference.expected is not None or difference.found is None:
        return ""
    twin = _alike(difference.user_id, evidence.members)
    if twin is not None and difference.user_id not in evidence.members:
        return f"nobody is called {difference.user_id!r}; the member is {twin!r}: the id was changed on its way."
    known = [evidence.bench.trait(short) for short in evidence.bench.scenario.cohorts]
    if difference.trait not in known:
        meant = _alike(difference.trait, set(known)) or known[0]
        return (
            f"the trait is called {difference.trait!r}, expected {meant!r} (name and id, in the configured spelling)."
        )
    if difference.user_id not in evidence.members:
        return f"{difference.user_id!r} is no member and never was told true before: nothing must be sent."
    return "it was told under a write key, or of a cohort, that it is no member of."


def _changed_id(evidence: _Evidence, difference: Difference) -> str:
    if difference.found is not None or evidence.sent(difference):
        return ""
    others = {user_id for user_id in evidence.by_user if user_id not in evidence.members}
    # Without a stranger that it resembles, it may have been changed into the id of another member.
    twin = _alike(difference.user_id, others) or evidence.twin_of(difference.user_id)
    return f"Segment heard of {twin!r} instead: the id was changed on its way." if twin is not None else ""


def _wrong_key(evidence: _Evidence, difference: Difference) -> str:
    if difference.found is not None or evidence.sent(difference):
        return ""
    told = evidence.by_user.get(difference.user_id, ())
    traits = {name for _, _, event in told for name in event.get("traits") or {}}
    return f"it was told under another trait, {sorted(traits)[0]!r}." if traits else ""


def _discarded(evidence: _Evidence, difference: Difference) -> str:
    sent = evidence.sent(difference)
    if not sent:
        return ""
    attempt, index, event = sent[-1]
    became = evidence.verdict(attempt, index)
    if became.startswith("discarded"):
        many = f"; the upload held {len(attempt.events)} events" if len(attempt.events) > 2500 else ""
        return f"its last upload was answered {attempt.status} and the event {became}{many}."
    if became == "duplicate":
        return (
            f"its last event carried messageId {event.get('messageId')!r}, which an earlier event had: Segment "
            "took it for a repetition and dropped it. Make the id new for each change, the same for each attempt."
        )
    if became == "not stored":
        told = "the connection was lost" if attempt.status == 0 else f"it was answered {attempt.status}"
        return f"{told} and the event was never sent again: it was given up, and the sync went on as if it had arrived."
    return ""


def _overtaken(evidence: _Evidence, difference: Difference) -> str:
    values = [
        event["traits"][difference.trait]
        for attempt, index, event in evidence.sent(difference)
        if evidence.verdict(attempt, index) == "delivered"
    ]
    if len(values) > 1 and values[-1] is not difference.expected and difference.expected in values:
        return "the right value was delivered and then overwritten by an older one: mind the order of what is sent."
    return ""


def _untold(evidence: _Evidence, difference: Difference) -> str:
    sent = evidence.sent(difference)
    values = [event["traits"][difference.trait] for _, _, event in sent]
    if difference.expected is False and False not in values:
        return "it left, and no false was ever sent: leaves are forgotten, or the snapshot it was in was lost."
    if difference.expected is True and True not in values:
        return "it is a member, and no true was ever sent: its row was not read, or it was taken for told already."
    if values and values[-1] is not difference.expected:
        return f"the last change, to {str(difference.expected).lower()}, was never sent."
    return ""


_CAUSES: tuple[Callable[[_Evidence, Difference], str], ...] = (
    _wrong_type,
    _stranger,
    _changed_id,
    _wrong_key,
    _discarded,
    _overtaken,
    _untold,
)


def _alike(word: str, known: set[Any]) -> str | None:
    """Return what differs from a word only in case, space, leading zeros, quotes or a cut; None when nothing does."""
    wanted = _bare(word)
    for other in sorted(each for each in known if isinstance(each, str) and each != word):
        bare = _bare(other)
        if (
            bare == wanted
            or (len(other) > 2 and wanted.startswith(bare))
            or (len(word) > 2 and bare.startswith(wanted))
        ):
            return other
    return None


def _bare(word: str) -> str:
    plain = "".join(letter for letter in word.casefold() if letter.isalnum()).lstrip("0")
    return plain or word
