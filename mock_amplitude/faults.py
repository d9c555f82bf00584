"""Faults that only an export API has: what becomes of the job, the link and the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_core.errors import BadControl
from mock_core.exchange import Exchange, Reply
from mock_core.faults import CORE_FAULTS, Fault, Moment, Proceed
from mock_core.settings import LARGEST


@dataclass(frozen=True, slots=True)
class JobFails:
    """The export job that this call asks for fails when its time is up.

    That jobs fail is undocumented; how it is told is the setting failed_job: amplitude facts 1.2 D [inferred].
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["job_outcome"] = "fails"
        return proceed()


@dataclass(frozen=True, slots=True)
class JobHangs:
    """The export job that this call asks for never ends.

    A job stuck at JOB INPROGRESS: amplitude facts 6 (27) [client].
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["job_outcome"] = "hangs"
        return proceed()


@dataclass(frozen=True, slots=True)
class JobTakes:
    """The export job that this call asks for takes this many seconds, on the lab's clock.

    Live jobs take 30 to 60 s and more: amplitude facts 0 [client].
    """

    seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= LARGEST:
            raise BadControl(f"Fault 'job-takes' has seconds {self.seconds}, expected 0 to {LARGEST}.")

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["job_seconds"] = self.seconds
        return proceed()


@dataclass(frozen=True, slots=True)
class StaleLink:
    """The signed address that this call hands out has expired already.

    A signed address is good for a minute: amplitude facts 1.2 E [doc], 6 (25) [doc].
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["stale_link"] = True
        return proceed()


AMPLITUDE_FAULTS: Mapping[str, type[Fault]] = {
    **CORE_FAULTS,
    "job-fails": JobFails,
    "job-hangs": JobHangs,
    "job-takes": JobTakes,
    "stale-link": StaleLink,
}
