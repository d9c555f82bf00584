"""The first half of a run: find the cohort, settle the name of its trait, bring its export home."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from syncer.errors import CohortUnavailable, ExportFailed, WrongCall
from syncer.source import Amplitude, Cohort
from syncer.sync import Sync
from syncer.telling import CohortFound, Downloaded, ExportReady, ExportRequested, Means, Retried
from syncer.wire import Retry


@dataclass(frozen=True, slots=True)
class Exported:
    """Say under which names an export is told, and whether it is certain that it came whole."""

    cohort_name: str
    trait_key: str
    request_id: str
    is_certain: bool


class Exporting:
    """Export the cohort of one sync."""

    def __init__(self, sync: Sync, run: int, means: Means) -> None:
        self._sync = sync
        self._run = run
        self._clock = means.clock
        self._tell = means.tell
        self._amplitude = Amplitude(sync.source, sync.settings, means, on_retry=self._note_retry)

    def find(self) -> Cohort | None:
        """Return the cohort as Amplitude lists it, or None when it does not."""
        return self._amplitude.cohort(self._sync.cohort_id)

    def export(self, cohort: Cohort | None, receive: Callable[[Iterable[bytes]], int]) -> Exported:
        """Hand the export's bytes to `receive`; raise `CohortUnavailable` for one that is gone or archived."""
        sync, clock, tell = self._sync, self._clock, self._tell
        if cohort is None:
            raise CohortUnavailable(
                f"Amplitude lists no cohort {sync.cohort_id}: it was deleted, is not published, or is another project's"
            )
        if cohort.is_archived and sync.settings.archived == "fail":
            raise CohortUnavailable(f"the cohort {cohort.name!r} is archived; unarchive it, or set archived to ignore")
        name = sync.settings.cohort_name or cohort.name
        trait_key = trait_key_of(sync, name)
        tell(CohortFound(run=self._run, at=clock.now(), name=name, trait_key=trait_key))
        request_id = self._amplitude.request_export(sync.cohort_id)
        tell(ExportRequested(run=self._run, at=clock.now(), request_id=request_id))
        polls = self._amplitude.await_export(request_id)
        tell(ExportReady(run=self._run, at=clock.now(), polls=polls))
        fetched = self._amplitude.download(request_id, receive)
        tell(Downloaded(run=self._run, at=clock.now(), size=fetched.size))
        return Exported(name, trait_key, request_id, fetched.is_certain)

    def doubt(self, rows: int) -> str:
        """Hold an export that nothing said the length of against the size that Amplitude lists; return what is unknown.

        Raises `ExportFailed` when it has fewer rows. The list is asked anew, because the export was computed since.
        """
        cohort = self.find()
        size = cohort.size if cohort is not None else None
        if size is None:
            return "nothing said how long the export is, nor how many members the cohort has, so it may have been cut"
        if rows < size:
            raise ExportFailed(
                f"the export ends after {rows:,} rows, nothing said how long it is, and Amplitude lists {size:,} "
                "members: it was cut on its way; run the sync again"
            )
        return ""

    def _note_retry(self, request: str, attempt: int, retry: Retry) -> None:
        self._tell(
            Retried(
                run=self._run,
                at=self._clock.now(),
                request=request,
                attempt=attempt,
                after=retry.after,
                reason=retry.reason,
            )
        )


def trait_key_of(sync: Sync, cohort_name: str) -> str:
    """Return the trait key that a sync tells under; raise `WrongCall` for a name that cannot be one."""
    try:
        return trait_key_format(sync.settings.trait_key).format(cohort_name, sync.cohort_id)
    except ContractsError as error:
        raise WrongCall(f"{error}; set cohort_name to another name") from error
