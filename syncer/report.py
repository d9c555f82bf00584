"""What became of a run, in numbers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """Count one run.

    `kind` is "sync", "retry" (failed rows again) or "clear" (everybody told false). `status` is "succeeded", "partial"
    (some users were refused for good), "failed" (nothing was sent), "stopped" (some was sent; the next run goes on) or
    "abandoned". `members` counts rows of the export, `identified` different user ids; `calls` identify events
    acknowledged, `batches` requests acknowledged, `attempts` requests made, `retries` those after a first.
    `resumed` is the report of the unfinished run that was completed first, `cleared` of one that set an old trait to
    false afterwards.
    """

    run: int
    kind: str
    cohort_id: str
    target: str
    trait_key: str
    status: str
    started_at: float
    finished_at: float
    members: int = 0
    anonymous: int = 0
    identified: int = 0
    entered: int = 0
    left: int = 0
    calls: int = 0
    batches: int = 0
    attempts: int = 0
    retries: int = 0
    failed: int = 0
    reason: str = ""
    resumed: RunReport | None = None
    cleared: RunReport | None = None

    @property
    def duplicates(self) -> int:
        """Count the rows that repeat a user id."""
        return max(0, self.members - self.anonymous - self.identified)

    @property
    def is_complete(self) -> bool:
        """Say whether Segment now knows everything: the run reached its end and nobody was refused."""
        return self.status == "succeeded"

    def as_dict(self) -> dict[str, object]:
        return {**dataclasses.asdict(self), "duplicates": self.duplicates}
