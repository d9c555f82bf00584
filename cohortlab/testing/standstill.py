"""A question that can never be answered: asked over and over while the lab's clock stands still.

A program that polls with `time.sleep` lets real time pass and no lab time: an export that is ready in two seconds of
the lab's clock never is. Its loop would go on for ever, so the lab ends it and says what to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mock_core.clock import LabClock, iso

if TYPE_CHECKING:
    import requests

    from mock_amplitude import AmplitudeState, Job

MOST_ASKED = 10  # times, over at least so many seconds: whoever asks on has not met a test that counts refusals
PATIENCE = 2.0
# Answers that time alone turns into others: not ready, not there yet, too many, come back later.
_WAIT = {202, 404, 409, 425, 429, 503}


class ClockStandsStill(BaseException):
    """A program waits for lab time to pass, and nobody lets it.

    No `Exception`, as pytest's own failures are none: a program that retries whatever is raised must not retry this.
    """


class Standstill:
    """A response hook of a session: raises `ClockStandsStill` when one question gets one answer again and again.

    `real` is the time that passes for the program, in seconds.
    """

    def __init__(self, clock: LabClock, amplitude: AmplitudeState, real: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._amplitude = amplitude
        self._real = real
        self._moment: float | None = None
        self._asked: dict[Any, tuple[int, float]] = {}  # how often, and since when

    def __call__(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Count an answer; one that is final, or a clock that has moved, is a new beginning."""
        request, status = response.request, response.status_code
        if status not in _WAIT or not self._clock.is_frozen or (status == 202 and self._job(request) is None):
            return  # a 202 to a request for an export is an answer: every one begins another
        now = self._clock.now()
        if now != self._moment:
            self._moment, self._asked = now, {}
        asked = (request.method, request.url, request.body, status)
        times, since = self._asked.get(asked, (0, self._real()))
        self._asked[asked] = (times + 1, since)
        if times + 1 >= MOST_ASKED and self._real() - since >= PATIENCE:
            raise ClockStandsStill(self._told(request, status, times + 1))

    def _job(self, request: requests.PreparedRequest) -> Job | None:
        """Return the export that a request asks about."""
        return self._amplitude.world.jobs.get(_path(request).rpartition("/")[2])

    def _told(self, request: requests.PreparedRequest, status: int, times: int) -> str:
        return (
            f"{request.method} {_path(request)} was answered {status} {times} times while the lab's clock stood still "
            f"at {iso(self._clock.now_ms())}: {self._reason(self._job(request))}\n"
            "time.sleep lets no lab time pass. Let the program sleep with lab.clock.sleep(seconds), which moves the "
            "clock; or move it between two calls with lab.clock.advance(seconds); or take lab_served, whose clock runs."
        )

    def _reason(self, job: Job | None) -> str:
        if job is None:
            return "time alone would change that answer."
        if job.outcome == "hangs":
            return "the fault job-hangs makes this export one that is never ready."
        left = (job.requested_at + job.duration - self._clock.now_ms()) / 1000
        return (
            f"this export is ready in {left:g} s of lab time. For exports that are ready at once: "
            "lab.amplitude.configure(job_seconds=0), which is how a lab begins."
        )


def _path(request: requests.PreparedRequest) -> str:
    return request.path_url.partition("?")[0]
