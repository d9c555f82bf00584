"""Mutants in state: what is remembered too early, too late, for too much or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from scenarios.mutants.small_sync import SmallSync


class CommitsBeforeDelivery(SmallSync):
    """Remembers the new members before they are delivered: what fails is never told."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        self.remember(now)
        return super().changes(before, now)


class KeepsStateInMemory(SmallSync):
    """Keeps its snapshot in memory: after a restart everybody is new and nobody leaves."""

    memory: ClassVar[dict[str, Any]] = {}

    def recall(self) -> set[str]:
        return set(self.memory.get(str(self.file), ()))

    def remember(self, members: set[str]) -> None:
        self.memory[str(self.file)] = members


class OneSnapshotForAllCohorts(SmallSync):
    """Keeps one snapshot for all cohorts."""

    @property
    def file(self) -> Path:
        return self.order.state_dir / "snapshot.json"


class OneSnapshotForAllTargets(SmallSync):
    """Keeps its snapshot by cohort alone: a new target is told differences only."""

    @property
    def file(self) -> Path:
        return self.order.state_dir / f"{self.cohort_id}.json"


class RemembersTheChangesOnly(SmallSync):
    """Remembers who changed instead of who is a member."""

    def remember(self, members: set[str]) -> None:
        before = self.recall()
        super().remember(members ^ before if before else members)


class ForgetsAfterAnEmptyExport(SmallSync):
    """Does not remember an empty membership, and tells the same leaves at every run."""

    def remember(self, members: set[str]) -> None:
        if members:
            super().remember(members)


class LocksItselfOut(SmallSync):
    """Leaves a lock file behind when it is killed, and refuses to run ever after."""

    def run(self) -> None:
        lock = self.order.state_dir / "lock"
        self.order.state_dir.mkdir(parents=True, exist_ok=True)
        if lock.exists():
            from scenarios.mutants.small_sync import GaveUp  # noqa: PLC0415

            raise GaveUp("another run holds the lock")
        lock.touch()
        try:
            super().run()
        except Exception:
            lock.unlink()
            raise
        lock.unlink()


class ForgetsEverythingOnFailure(SmallSync):
    """Throws its snapshot away when a run fails, so that leaves are lost."""

    def run(self) -> None:
        try:
            super().run()
        except Exception:
            self.file.unlink(missing_ok=True)
            raise


class SkipsRunsThatComeSoon(SmallSync):
    """Does nothing within the hour of the last run, and calls it a success."""

    def run(self) -> None:
        stamp = self.file.with_suffix(".last")
        if stamp.exists() and self.clock.now() - float(stamp.read_text()) < 1800:
            return
        super().run()
        stamp.write_text(str(self.clock.now()))


class ComparesWithoutCase(SmallSync):
    """Compares in a database whose collation folds case: who differs from a member in case only is no news."""

    def compared(self, user_id: str) -> str:
        return user_id.casefold()

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        known = {self.compared(user_id) for user_id in before}
        return super().changes(before, {each for each in now if each in before or self.compared(each) not in known})


class ComparesWithoutTrailingBlanks(ComparesWithoutCase):
    """Compares in a database that pads: a blank at the end makes no other user."""

    def compared(self, user_id: str) -> str:
        return user_id.rstrip(" ")


class LooksMembersUpInAText(SmallSync):
    """Keeps the members as one text, and finds those whose id is a part of another's."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        text = ",".join(sorted(before))
        return super().changes(before, {each for each in now if each in before or each not in text})


class OneSnapshotForKeysThatBeginAlike(SmallSync):
    """Keeps its snapshot by the first letters of the write key, which those of a workspace share."""

    @property
    def file(self) -> Path:
        return self.order.state_dir / f"{self.cohort_id}-{self.order.write_key[:8]}.json"
