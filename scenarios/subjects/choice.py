"""Subjects: the sync program under test. Ours in this process, anyone's as a command, or one behind an HTTP address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

from scenarios.files import Scenario
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab
from scenarios.subjects.order import SyncOrder, SyncResult


class Subject(Protocol):
    """A sync program: told to sync a cohort, says whether it believes it succeeded."""

    def sync(self, order: SyncOrder) -> SyncResult:
        """Sync one cohort once. Raises `CannotKill` when it is to be killed and cannot be."""
        ...

    def restart(self) -> None:
        """Lose what is only in memory, as a new process would."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


ENGINE = "engine"  # the word for our own engine, where a scenario has another program to judge
MakeSubject = Callable[[Lab, Scenario], Subject]


class EngineSubject:
    """Our engine, in this process, on the lab's clock: no socket, and no waiting in real time.

    One batch at a time, so that the same scenario and seed give the same journal.
    """

    def __init__(self, lab: Lab, trait_key: str = "amplitude") -> None:
        from scenarios.subjects.wire import WatchedWire  # noqa: PLC0415 - the engine is loaded when it is the subject
        from syncer import MemoryState, RequestsTransport, Settings  # noqa: PLC0415

        self._settings = Settings(trait_key=trait_key, parallel=1)
        self._wire = WatchedWire(lab)
        self._transport = RequestsTransport(self._wire.session)
        self._state = MemoryState(boundary=self._wire.passed)
        self._clock = lab.clock
        self.restart()

    def restart(self) -> None:
        from syncer import Engine  # noqa: PLC0415

        self._engine = Engine(self._state, transport=self._transport, clock=self._clock, boundary=self._wire.passed)

    def sync(self, order: SyncOrder) -> SyncResult:
        from syncer import Source, Sync, SyncError, Target  # noqa: PLC0415

        try:
            with self._wire.watching(order.killed_at) as watch:
                sync = Sync(
                    order.cohort_id,
                    Source(API_KEY, SECRET_KEY, AMPLITUDE_URL),
                    Target(order.write_key, SEGMENT_URL, order.target),
                    self._settings,
                )
                report = self._engine.run(sync)
        except SyncError as error:
            return SyncResult(order.cohort_id, succeeded=False, reason=str(error))
        if watch.was_killed:
            self.restart()
            return SyncResult(order.cohort_id, succeeded=False, reason="it was killed", was_killed=True)
        return SyncResult(order.cohort_id, succeeded=report.is_complete, reason=report.reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._state.close()


def is_address(subject: str) -> bool:
    """Say whether a subject is an HTTP address and not a command."""
    return subject.lower().startswith(("http://", "https://"))


def _ours_or_recorded(lab: Lab, scenario: Scenario) -> Subject:
    if scenario.recorded is None:
        return EngineSubject(lab, scenario.trait_key)
    from scenarios.subjects.recorded import RecordedSubject  # noqa: PLC0415 - only of scenarios that were kept

    return RecordedSubject(lab, scenario.recorded)


def subject_maker(subject: str | None = None, deadline: float = 60.0) -> MakeSubject:
    """Return what makes a subject for a scenario's lab: our engine, a command, or an HTTP address.

    Without a subject the program that a scenario has the calls of is judged, and our engine where it has none;
    `engine` is our engine in any case.

    Raises `NoSuchSubject` at once when the command cannot be started or nobody listens at the address.
    """
    if subject is None:
        return _ours_or_recorded
    if subject == ENGINE:
        return lambda lab, scenario: EngineSubject(lab, scenario.trait_key)
    if is_address(subject):
        from scenarios.subjects.endpoint import EndpointSubject, reachable  # noqa: PLC0415

        address = reachable(subject)
        return lambda lab, scenario: EndpointSubject(lab, address, deadline, keeps_time=scenario.is_dated)
    from scenarios.subjects.command import CommandSubject, words_of  # noqa: PLC0415

    words = words_of(subject)
    return lambda lab, scenario: CommandSubject(lab, words, deadline, keeps_time=scenario.is_dated, zone=scenario.zone)
