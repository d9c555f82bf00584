"""Cadence: when a sync is due. Pure arithmetic on times.

The first run comes at once, when the sync is added or edited; later ones come in a slot of the period that
nobody chooses, so the first two may be closer than a period (amplitude facts 3.1).
"""

from __future__ import annotations

import hashlib
import math
from typing import Final

PERIODS: Final = {"once": math.inf, "hourly": 3_600.0, "daily": 86_400.0, "realtime": 60.0}
"""Seconds from slot to slot; real time is every minute (amplitude facts 3.1)."""

SIZE_LIMITS: Final = {"once": 0, "hourly": 1_000_000, "daily": 10_000_000, "realtime": 1_000_000}
"""Most members of a cohort at each cadence, 0 for no limit of its own (amplitude facts 0)."""


SAME: Final = 0.001
"""Seconds within which two moments are one: far more than the digits that are lost in reckoning them."""


def slot(cohort_id: str, target: str, edited_at: float, cadence: str) -> float:
    """Return the seconds into its period at which a sync runs: spread over all syncs, and new after each edit."""
    period = PERIODS[cadence]
    if math.isinf(period):
        return 0.0
    digest = hashlib.blake2b(f"{cohort_id}\0{target}\0{edited_at:.3f}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * period


def next_due(cadence: str, slot: float, edited_at: float, last_begun: float | None, now: float) -> float | None:
    """Return when a sync is due next, perhaps in the past, or None for never again.

    Slots that were missed are made up for by one run. A clock that was set back does not hold a sync up: what
    seems to have happened in the future counts as having happened now.
    """
    if last_begun is None or last_begun < edited_at:
        return min(edited_at, now)
    period = PERIODS[cadence]
    if math.isinf(period):
        return None
    last = min(last_begun, now)
    return _after(last, slot, period)


def _after(last: float, slot: float, period: float) -> float:
    """Return the first slot after a moment; who began in a slot to the last digit is not due in it again."""
    due = slot + (math.floor((last - slot) / period) + 1) * period
    return due if due - last > SAME else due + period
