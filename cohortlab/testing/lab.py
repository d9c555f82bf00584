"""The lab of one test: both fakes, a clock that stands still until it is moved, and ways to reach them."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import scenarios.lab
from cohortlab.testing.told import Segment
from downstream.routing import Destinations
from mock_amplitude import AmplitudeFake, AmplitudeState
from mock_core.clock import LabClock
from mock_core.errors import BadControl
from mock_core.moments import iso_seconds
from mock_core.seed import Seed
from mock_segment import SegmentFake
from scenarios.lab import AMPLITUDE_URL, API_KEY, READY_AT_ONCE, SECRET_KEY, SEGMENT_URL, WRITE_KEY

if TYPE_CHECKING:
    import requests

    from downstream.warehouse import Warehouse
    from syncer import Engine, RunReport

START = "2026-01-05T09:00:00Z"


class Lab:
    """Both fakes, fresh, with a source registered for `write_key`.

    In process it is reached with `http`, a `requests` session that knows `amplitude_url` and `segment_url`, and its
    clock stands still. Served, the same addresses are real ones, for any client, and the clock runs from `start` on.
    """

    def __init__(self, *, seed: int = 0, start: str | float = START, served: bool = False) -> None:
        self._lab = scenarios.lab.Lab(seed=_whole(seed), start=_moment(start))
        self._stack = ExitStack()
        self._stack.callback(self._lab.close)
        self.api_key, self.secret_key, self.write_key = API_KEY, SECRET_KEY, WRITE_KEY
        self.amplitude_url, self.segment_url = AMPLITUDE_URL, SEGMENT_URL
        self.is_served = served
        self.kept_in: list[str] = []  # calls to somewhere else, which `http` did not make
        self._lab.segment.put_source(WRITE_KEY, name="cohorts")
        self._lab.amplitude.configure(**READY_AT_ONCE)
        if served:
            self._lab.clock.run()
            address = self._stack.enter_context(self._lab.serve())
            self.amplitude_url, self.segment_url = address.amplitude, address.segment

    @property
    def clock(self) -> LabClock:
        """The clock of both fakes: `lab.clock.advance(3600)`."""
        return self._lab.clock

    @property
    def fakes(self) -> tuple[AmplitudeFake, SegmentFake]:
        """Both fakes themselves."""
        return self._lab.amplitude_fake, self._lab.segment_fake

    @property
    def amplitude(self) -> AmplitudeState:
        """The Amplitude fake: cohorts, members, exports, faults by `workspace.arm`."""
        return self._lab.amplitude

    @property
    def segment(self) -> Segment:
        """The Segment fake: profiles, events, verdicts, faults by `workspace.arm`."""
        return Segment(self._lab.segment)

    @property
    def destinations(self) -> Destinations:
        """What Segment does for destinations downstream: `put` connects one, `known` is what its vendor was told."""
        return self._lab.destinations

    @property
    def warehouse(self) -> Warehouse:
        """The tables that delivered events end in: in memory, loaded at full hours of the clock; `rows` takes SQL."""
        from downstream.warehouse import warehouse_of  # noqa: PLC0415 - most tests look into none

        return warehouse_of(self._lab.segment)

    @cached_property
    def http(self) -> requests.Session:
        """A session that reaches both fakes at their addresses, and nothing else; without a socket unless served."""
        import requests.adapters  # noqa: PLC0415 - slow to import, and many tests bring a client of their own

        from cohortlab.testing.standstill import Standstill  # noqa: PLC0415 - as above
        from mock_core.door import lab_session  # noqa: PLC0415 - as above

        if not self.is_served:
            session = self._lab.session(self.kept_in.append)
        else:
            files = self._lab.amplitude_fake.files_base_url
            there = requests.adapters.HTTPAdapter()
            origins = dict.fromkeys((self.amplitude_url, self.segment_url, files), there)
            session = lab_session(origins, self.kept_in.append)
        session.hooks["response"] = [Standstill(self.clock, self.amplitude, self._lab.segment)]
        self._stack.callback(session.close)
        return session

    def environment(self, cohort_id: str, state_dir: Path | str) -> dict[str, str]:
        """Return what a sync program is told by the environment contract, for a lab that is served."""
        return {
            "AMPLITUDE_BASE_URL": self.amplitude_url,
            "AMPLITUDE_API_KEY": self.api_key,
            "AMPLITUDE_SECRET_KEY": self.secret_key,
            "SEGMENT_BASE_URL": self.segment_url,
            "SEGMENT_WRITE_KEY": self.write_key,
            "COHORT_ID": cohort_id,
            "SYNC_STATE_DIR": str(state_dir),
            "LAB_NOW": f"{self.clock.now():.3f}",
        }

    @cached_property
    def engine(self) -> Engine:
        """Our own sync engine on this lab, its state in memory."""
        from syncer import Engine, MemoryState, RequestsTransport  # noqa: PLC0415 - only for tests that use it

        state = MemoryState()
        self._stack.callback(state.close)
        return Engine(state, transport=RequestsTransport(self.http), clock=self.clock)

    def sync(self, cohort_id: str, **settings: Any) -> RunReport:
        """Sync a cohort once with our own engine and return its report; `settings` are the engine's."""
        from syncer import Settings, Source, Sync, Target  # noqa: PLC0415 - as above

        source = Source(self.api_key, self.secret_key, self.amplitude_url)
        target = Target(self.write_key, self.segment_url, "lab")
        return self.engine.run(Sync(cohort_id, source, target, Settings.of({"parallel": 1, **settings})))

    def close(self) -> None:
        """Let go of everything, and raise what broke in the fakes."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _whole(seed: int) -> int:
    try:
        return Seed(seed).value
    except BadControl as error:
        message = f"seed={seed!r}: {error}"
        raise ValueError(message) from error


def _moment(start: str | float) -> float:
    if not isinstance(start, str):
        return start
    try:
        return iso_seconds(start, "ISO 8601 with a zone")
    except BadControl as error:
        message = f"start={start!r}: {error}"
        raise ValueError(message) from error
