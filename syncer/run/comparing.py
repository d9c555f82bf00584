"""What a run compares its export with, and by which rules: pure choices from the settings and what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncer.difference import DiffCounts, DiffRules
from syncer.errors import ExportFailed
from syncer.settings import Settings
from syncer.state import FailedRow, Holding
from syncer.sync import Sync


@dataclass(frozen=True, slots=True)
class Basis:
    """Name the snapshot an export is compared with, and the one of who holds the trait already.

    They differ only while a rename is told to nobody but those who change.
    """

    previous: str = ""
    members: int = 0
    held: str = ""


def basis(sync: Sync, trait_key: str, current: Holding | None, exact: Holding | None) -> Basis:
    """Return what to compare with.

    `exact` is what the target holds under this very trait key and write key, now or from earlier; `current` what the
    sync told last, perhaps under another name or to another key. Nobody means that everybody is told.
    """
    if exact is not None and exact.is_current:
        return Basis(exact.baseline, exact.baseline_members, exact.snapshot)
    if exact is not None:
        # A name or a key that comes back is compared with who still holds it, so that nobody keeps it in error.
        return Basis(exact.snapshot, exact.members, exact.snapshot)
    is_other_source = current is not None and current.fingerprint != sync.target.fingerprint
    if current is None or (is_other_source and sync.settings.target_change == "full"):
        return Basis()
    if current.trait_key == trait_key:
        return Basis(current.baseline, current.baseline_members, current.snapshot)
    if sync.settings.rename == "keep":
        return Basis(current.baseline, current.baseline_members, held="")
    return Basis()


def rules_for(sync: Sync, trait_key: str, failed: Iterable[FailedRow], *, everybody: bool) -> DiffRules:
    """Return how a difference becomes changes; who may or may not have been told of the trait is told again."""
    settings = sync.settings
    is_forgiving = settings.partial_failure == "commit"
    doubtful = (row for row in failed if row.is_doubtful and row.trait_key == trait_key and not is_forgiving)
    return DiffRules(settings.mode, settings.order, frozenset(row.user_id for row in doubtful), everybody)


def rows_taken(settings: Settings) -> int:
    """Return how many rows of an export count; 0 for all of them."""
    return settings.size_limit if settings.over_size_limit == "truncate" else 0


def check(counts: DiffCounts, members: int, sync: Sync) -> None:
    """Raise `ExportFailed` for an export that the settings do not let through."""
    settings = sync.settings
    if settings.size_limit and counts.members > settings.size_limit and settings.over_size_limit == "fail":
        raise ExportFailed(
            f"the cohort has {counts.members:,} members and size_limit is {settings.size_limit:,}; nothing was sent"
        )
    if counts.left > max(settings.few_leaves, settings.most_leaves * members):
        raise ExportFailed(
            f"{counts.left:,} of {members:,} members would leave, more than most_leaves ({settings.most_leaves:g}) and "
            f"few_leaves ({settings.few_leaves:,}) allow; nothing was sent. Look at the cohort; if it is right, run it "
            "once with --set most_leaves=1 (with --dry-run, too, to see who would leave)"
        )
