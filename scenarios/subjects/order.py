"""What a subject is told to do in one sync, when it dies in it, and how it ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scenarios.lab import WRITE_KEY


@dataclass(frozen=True, slots=True)
class KillPoint:
    """When to kill a subject: its `calls`-th call of a sync to one fake is stored, and not answered yet.

    Or, for our engine alone, at its `boundary`-th moment between two I/O operations of the sync.
    """

    on: str = "segment"
    calls: int = 1
    boundary: int = 0


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """What a subject is told to do: sync one cohort to one target, once.

    `state_dir` is kept between the syncs of one scenario. An empty write key is a target that was cleared.
    """

    cohort_id: str
    state_dir: Path
    write_key: str = WRITE_KEY
    target: str = "lab"
    killed_at: KillPoint | None = None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How one sync ended, in the subject's own belief; `was_killed` when the scenario killed it on the way.

    `calls` is how many calls the lab saw of it.
    """

    cohort_id: str
    succeeded: bool
    reason: str = ""
    output: str = ""
    was_killed: bool = False
    calls: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
