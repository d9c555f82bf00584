"""What can go wrong in a sync, by what the caller should do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from syncer.report import RunReport

BEGIN_ANEW: Final = (
    "move the state folder away to begin anew: the next run is then a first sync, and who left before keeps the trait"
)


class SyncError(Exception):
    """The root of every error of the sync engine.

    `exit_status` is what a command exits with. `report` is the report of the run that failed, when one had begun.
    """

    exit_status: ClassVar[int] = 3
    report: RunReport | None = None
    about: str = ""

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.about}: {message}" if self.about else message


class WrongCall(SyncError):
    """The call, a setting or a key is wrong: correct it."""

    exit_status = 2


class CredentialsRefused(WrongCall):
    """A vendor does not know the key: correct the key or the region."""


class CohortUnavailable(WrongCall):
    """The cohort is not there to be synced: deleted, unpublished, archived, or the id is wrong."""


class RunFailed(SyncError):
    """The run did not reach its end: nothing acknowledged is lost, run it again."""

    exit_status = 1


class ExportFailed(RunFailed):
    """Amplitude did not hand over a usable export."""


class MalformedExport(ExportFailed):
    """The export is not the CSV it should be; nothing was sent."""


class DeliveryStopped(RunFailed):
    """Segment could not be told everything; the next run goes on where this one stopped."""


class AlreadyRunning(RunFailed):
    """Another process runs this sync at this moment: wait for it."""


class StateUnusable(SyncError):
    """The state folder cannot be read or written: the message says what to do with it."""


class SnapshotLost(StateUnusable):
    """Whom Segment was told of last is not known any more: restore the state folder, or tell everybody again."""

    def __init__(self, members: int = 0) -> None:
        super().__init__(
            f"the snapshot of the {f'{members:,} ' if members else ''}members that Segment was told of last is damaged "
            "or gone. Go back to a copy of the state folder if there is one. If not, run the sync with --everybody: it "
            "tells every member again, but nobody who left since, for whom the trait stays true; `sync orphans` then "
            "says how many may be among them"
        )
