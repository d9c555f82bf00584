"""A question that can never be answered: asked over and over while the lab's clock stands still.

A program that polls with `time.sleep` lets real time pass and no lab time: an export that is ready in two seconds of
the lab's clock never is. Its loop would go on for ever, so the lab ends it and says what to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mock_core.clock import LabClock, iso

if TYPE_CHECKING:
    import requests

    from mock_amplitude import AmplitudeState, Job
    from mock_core import Entry
    from mock_core.faults import Armed
    from mock_segment import SegmentState

MOST_ASKED = 10  # times, over at least so many seconds: whoever asks on has not met a test that counts refusals
PATIENCE = 2.0


class ClockStandsStill(BaseException):
    """A program waits for lab time to pass, and nobody lets it.

    No `Exception`, as pytest's own failures are none: a program that retries whatever is raised must not retry this.
    """


class Standstill:
    """A response hook of a session: raises `ClockStandsStill` when one question gets one answer again and again.

    Only answers count that time alone would change: an export that is not ready, a quota, a fault that ends at a time.
    `real` is the time that passes for the program, in seconds.
    """

    def __init__(
        self,
        clock: LabClock,
        amplitude: AmplitudeState,
        segment: SegmentState,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._amplitude = amplitude
        self._segment = segment
        self._real = real
        self._moment: float | None = None
        self._asked: dict[Any, tuple[int, float]] = {}  # how often, and since when

    def __call__(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Count an answer; a clock that has moved is a new beginning."""
        if response.status_code == 200 or not self._clock.is_frozen:
            return
        request = response.request
        reason = self._reason(request, response.status_code)
        if reason is None:
            return
        now = self._clock.now()
        if now != self._moment:
            self._moment, self._asked = now, {}
        asked = (request.method, request.url, request.body, response.status_code)
        times, since = self._asked.get(asked, (0, self._real()))
        self._asked[asked] = (times + 1, since)
        if times + 1 >= MOST_ASKED and self._real() - since >= PATIENCE:
            raise ClockStandsStill(
                f"{request.method} {_path(request)} was answered {response.status_code} {times + 1} times while the "
                f"lab's clock stood still at {iso(self._clock.now_ms())}: {reason}\n"
                "time.sleep lets no lab time pass. Let the program sleep with lab.clock.sleep(seconds), which moves "
                "the clock; or move it by lab.clock.advance(seconds) meanwhile; or take lab_served, whose clock runs."
            )

    def _reason(self, request: requests.PreparedRequest, status: int) -> str | None:
        """Say what of an answer time would change, None when nothing would."""
        job = self._job(request)
        if job is not None:
            return self._wait_for(job)
        entry, struck = self._last(request, status)
        if entry is None or (struck and all(armed.match.until is None for armed in struck)):
            return None
        if struck:
            return "the fault that answers it ends at a time of the lab's clock."
        return "the quota or limit behind it is one of the lab's time." if status == 429 else None

    def _job(self, request: requests.PreparedRequest) -> Job | None:
        """Return the export that a request asks about, as long as it is not ready."""
        jobs = self._amplitude.world.jobs
        job = next((jobs[part] for part in _path(request).split("/") if part in jobs), None)
        return job if job is not None and job.is_running(self._amplitude.now) else None

    def _wait_for(self, job: Job) -> str:
        if job.outcome == "hangs":
            return "the fault job-hangs makes this export one that is never ready."
        left = (job.requested_at + job.duration - self._clock.now_ms()) / 1000
        return (
            f"this export is ready in {left:g} s of lab time. For exports that are ready at once: "
            "lab.amplitude.configure(job_seconds=0), which is how a lab begins."
        )

    def _last(self, request: requests.PreparedRequest, status: int) -> tuple[Entry | None, list[Armed]]:
        """Return the journal's entry of a call that was just answered, and the faults that struck it."""
        for state in (self._amplitude, self._segment):
            journal = state.workspace.journal
            entry = journal.entry(journal.last)
            if entry is None or entry.kind != "request":
                continue
            if entry.data["status"] == status and entry.data["path"] == unquote(_path(request)):
                return entry, [armed for armed in state.workspace.faults if armed.id in entry.data.get("faults", ())]
        return None, []


def _path(request: requests.PreparedRequest) -> str:
    return request.path_url.partition("?")[0]
