"""Evidence: what a program did, looked up by user and trait, from the journals and the timeline of a scenario.

What was sent about a user, how it was answered, what became of it, and which sync it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from mock_core.clock import iso
from mock_segment.delivery import is_in_vain, meant_for, slips, traits_meant
from scenarios.bench import Attempt, SyncEnded, SyncStarted, attempts
from scenarios.flow import flow
from scenarios.oracle import Difference
from scenarios.verdict.likeness import alike, bare, nearest_of

if TYPE_CHECKING:
    from mock_segment import Event
    from scenarios.bench import Bench

MOST_TOLD = 6  # of the story of one user


class Evidence:
    """What was sent, looked up by user."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.by_user: dict[str, list[tuple[Attempt, int, dict[str, Any]]]] = {}
        self.unnamed: list[tuple[Attempt, int, dict[str, Any]]] = []  # events about nobody that can be made out
        for attempt in attempts(bench.lab.segment):
            for index, event in enumerate(attempt.events):
                named = meant_for(event)
                whose = self.unnamed if named is None else self.by_user.setdefault(named, [])
                whose.append((attempt, index, event))
        self._bare_ids: dict[str, list[str]] = {}
        for user_id in self.by_user:
            self._bare_ids.setdefault(bare(user_id), []).append(user_id)
        step = bench.went_wrong.step if bench.went_wrong else len(bench.scenario.steps)
        self._started = [event for event in bench.timeline if isinstance(event, SyncStarted)]
        began = [event for event in self._started if event.step <= step]
        self._ended = [event for event in bench.timeline if isinstance(event, SyncEnded)]
        ended = [event for event in self._ended if event.step <= step]
        # Entries of both fakes between which the sync that went wrong was at it.
        self.amplitude = (began[-1].amplitude, ended[-1].amplitude) if began and ended else (0, 0)
        self.segment = (began[-1].segment, ended[-1].segment) if began and ended else (0, 0)
        self.members: set[str | None] = {
            user_id for short in bench.scenario.cohorts for user_id in bench.members(bench.cohort_id(short))
        }
        self.members.update(*(oracle.users() for oracle in bench.oracles.values()))

    def traits(self) -> set[str]:
        """Return the traits that there are to tell of, under the names the cohorts have."""
        return {self.bench.trait(short) for short in self.bench.scenario.cohorts}

    def meant(self, trait: str) -> str | None:
        """Return the trait that a wrong one stands for: the one of the cohort whose id it holds, else one like it."""
        bench = self.bench
        by_id = [bench.trait(short) for short in bench.scenario.cohorts if bench.cohort_id(short) in trait]
        return by_id[0] if len(by_id) == 1 else alike(trait, self.traits())

    def sent(self, difference: Difference) -> list[tuple[Attempt, int, dict[str, Any]]]:
        """Return what was sent about a user's trait, to its target when there are several."""
        key = self.bench.keys.get(difference.target, "")
        return [each for each in self.sent_anywhere(difference) if not key or each[0].write_key in {key, ""}]

    def sent_anywhere(self, difference: Difference) -> list[tuple[Attempt, int, dict[str, Any]]]:
        """Return what was sent about a user's trait to any target."""
        return [each for each in self.by_user.get(difference.user_id, ()) if difference.trait in traits_meant(each[2])]

    def sent_now(self, difference: Difference) -> list[tuple[Attempt, int, dict[str, Any]]]:
        """Return what was sent about a user's trait by the sync that went wrong."""
        after, last = self.segment
        return [each for each in self.sent(difference) if after < each[0].entry <= last]

    @cached_property
    def in_vain(self) -> Counter[tuple[str, str, tuple[str, ...]]]:
        """Count what the sync that went wrong sent and Segment was told nothing by: verdict, code, names in vain."""
        after, last = self.segment
        counted: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        for attempt, index, event in (*chain.from_iterable(self.by_user.values()), *self.unnamed):
            if after < attempt.entry <= last:
                became, _, code = self.verdict(attempt, index).partition(" ")
                if became == "discarded" or (became == "delivered" and is_in_vain(event)):
                    counted[became, code, slips(event)] += 1
        return counted

    def asked_for_an_export(self) -> bool:
        """Say whether the sync that went wrong asked Amplitude for anything but names."""
        journal = self.bench.lab.amplitude.workspace.journal
        after, last = self.amplitude
        return any("/request/" in entry.data["path"] for entry in journal.walk(after, until=last, kind="request"))

    def made_a_call(self) -> bool:
        """Say whether the sync that went wrong called anybody at all."""
        lab = self.bench.lab
        return any(
            True
            for state, (after, last) in ((lab.amplitude, self.amplitude), (lab.segment, self.segment))
            for _ in state.workspace.journal.walk(after, until=last, kind="request")
        )

    def is_gone(self, trait: str) -> bool:
        """Say whether the cohort of a trait is there no more."""
        bench = self.bench
        there = {each.id for each in bench.lab.amplitude.cohorts()}
        return any(
            bench.trait(short) == trait and bench.cohort_id(short) not in there for short in bench.scenario.cohorts
        )

    def twin_of(self, user_id: str) -> str | None:
        """Return another id that was sent and differs in case, space, leading zeros or quotes only."""
        return nearest_of(user_id, self._bare_ids.get(bare(user_id), ()))

    def resembled(self, user_id: str) -> str | None:
        """Return the id that this one was, or has become: of a member, or of one that was sent."""
        sent = set(self.by_user)
        return alike(user_id, self.members if user_id not in self.members else sent - self.members) or self.twin_of(
            user_id
        )

    def story(self, user_id: str) -> Iterator[str]:
        """Yield what Segment was told about a user, attempt by attempt; equal ones in a row are counted."""
        told = [
            (attempt, f"{flow(dict(traits_meant(event)))} -> {self.answer(attempt)}, {self.verdict(attempt, index)}")
            for attempt, index, event in self.by_user.get(user_id, ())
        ]
        alike_in_a_row = [list(equal) for _, equal in groupby(told, key=lambda each: each[1])]
        for (first, words), *rest in alike_in_a_row[-MOST_TOLD:]:
            uploads = f"uploads {first.entry} to {rest[-1][0].entry}" if rest else f"upload {first.entry}"
            yield f"{iso(first.at)} {uploads}: {words}{f' ({len(rest) + 1} times)' if rest else ''}"

    def sync_of(self, attempt: Attempt) -> tuple[int, str]:
        """Return the step and the words of the sync that made an upload."""
        during = [event for event in self._started if event.segment < attempt.entry]
        return (during[-1].step, f"sync {during[-1].cohort}") if during else (0, "the start")

    def came_late(self, difference: Difference) -> Event | None:
        """Return the event with the last value of a trait, when the right one came before it with a later date."""
        told = [
            event
            for event in self.bench.lab.segment.delivered(user_id=difference.user_id)
            if difference.trait in (event.raw.get("traits") or {})
        ]
        right = [event.dated for event in told if event.raw["traits"][difference.trait] is difference.expected]
        return told[-1] if told and right and max(right) > told[-1].dated else None

    def claimed_success(self, attempt: Attempt) -> bool:
        """Say whether the sync that made an upload said that it succeeded."""
        for began, ended in zip(self._started, self._ended, strict=False):
            if began.segment < attempt.entry <= ended.segment:
                return ended.succeeded
        return False

    def lost_with(self, attempt: Attempt) -> int:
        """Count the events of the sync that made an upload that were sent, never stored, and not sent again later."""
        bounds = [(began.segment, ended.segment) for began, ended in zip(self._started, self._ended, strict=False)]
        after, last = next((each for each in bounds if each[0] < attempt.entry <= each[1]), (0, 0))
        fate: dict[str, bool] = {}
        for told in self.by_user.values():
            for made, index, event in told:
                if made.entry > after:
                    name = str(event.get("messageId"))
                    stored = fate.get(name, False) or self.verdict(made, index) != "not stored"
                    if made.entry <= last or name in fate:
                        fate[name] = stored
        return sum(not stored for stored in fate.values())

    def answer(self, attempt: Attempt) -> str:
        """Say how an upload was answered, and by which fault."""
        answered = "connection lost" if attempt.status == 0 else f"answered {attempt.status}"
        return f"{answered}{self.struck(attempt)}"

    def struck(self, attempt: Attempt) -> str:
        """Name the faults that struck an upload, in parentheses."""
        known = self.bench.troubles
        words = [known["segment", each].words for each in attempt.faults if ("segment", each) in known]
        return f" ({', '.join(words)})" if words else ""

    def verdict(self, attempt: Attempt, index: int) -> str:
        if not attempt.is_stored:
            return "not stored"
        verdicts = self.bench.lab.segment.verdicts_of(attempt.entry)
        if index >= len(verdicts):
            return "not stored"
        found = verdicts[index]
        return f"{found.verdict} {found.code}".strip()
