"""The life of an export job, as a table.

Rules:
- everything that moves a job is in this file; nothing else knows an order of phases,
- a job is a fact of the journal (who asked for what, when, how it will go) and never changes; its phase is a
  function of that fact and of the lab's time, so asking costs nothing and replays the same,
- the only thing that happens to a job is that time passes: it starts, it lands (well or badly, or never), it expires.

    REQUESTED --starts--> IN_PROGRESS --lands--> COMPLETED --expires--> EXPIRED
                                      --fails--> FAILED ----expires--> EXPIRED

What each phase answers (amplitude facts 1.2 D, E): REQUESTED and IN_PROGRESS 202 `JOB INPROGRESS`, COMPLETED 200
`JOB COMPLETED`; FAILED, EXPIRED and an early look at the file are undocumented and therefore settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

REQUESTED: Final = "requested"
IN_PROGRESS: Final = "in progress"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
EXPIRED: Final = "expired"

TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    REQUESTED: {"starts": IN_PROGRESS},
    IN_PROGRESS: {"lands": COMPLETED, "fails": FAILED},
    COMPLETED: {"expires": EXPIRED},
    FAILED: {"expires": EXPIRED},
    EXPIRED: {},
}

RUNNING: Final = frozenset({REQUESTED, IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Job:
    """An export that was asked for; times in milliseconds.

    `outcome` is what it comes to after `duration`: `lands`, `fails`, or `hangs` for one that never ends.
    `entry` is its place in the journal.
    """

    request_id: str
    project_id: int
    cohort_id: str
    entry: int
    requested_at: int
    duration: int
    outcome: str = "lands"
    props: bool = False
    prop_keys: tuple[str, ...] = ()
    lifetime: int = 7 * 86_400_000

    def history(self) -> Iterator[tuple[int, str]]:
        """Yield what happens to the job and when, as far as it can go."""
        # How long a live job waits before it starts is not known; here a tenth of its time [inferred].
        yield self.requested_at + self.duration // 10, "starts"
        if self.outcome != "hangs":
            yield self.requested_at + self.duration, self.outcome
            # The request id is good for seven days from the request (amplitude facts 1.2 E [doc]).
            yield self.requested_at + self.lifetime, "expires"

    def phase(self, now: int) -> str:
        """Return the phase the job is in at a moment."""
        phase = REQUESTED
        for at, event in self.history():
            if at > now:
                break
            phase = TRANSITIONS[phase][event]
        return phase

    def is_running(self, now: int) -> bool:
        """Say whether the job still takes one of the places for running jobs."""
        return self.phase(now) in RUNNING


def diagram() -> str:
    """Return the table as a Mermaid diagram, for the documentation."""
    names = {phase: phase.replace(" ", "_") for phase in TRANSITIONS}
    arrows = [
        f"    {names[phase]} --> {names[after]}: {event}\n"
        for phase, events in TRANSITIONS.items()
        for event, after in events.items()
    ]
    return f"```mermaid\nstateDiagram-v2\n    [*] --> {names[REQUESTED]}\n{''.join(arrows)}    {EXPIRED} --> [*]\n```\n"
