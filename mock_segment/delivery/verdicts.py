"""Verdicts: what becomes of one event, as far as its source, its place in the batch and itself decide.

Delivery gives them once the edge has said 200, strict mode at the edge: both ask here, so that they cannot differ.
The order of the questions (segment facts 1.8, 5.7): is it within 2,500, an object, small enough, sound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.delivery import discard_reason
from contracts.limits import BATCH_ITEMS
from mock_segment.delivery.reading import parse_time, with_text_ids
from mock_segment.settings import SegmentSettings

DELIVERED, DISCARDED, DUPLICATE, REFUSED = "delivered", "discarded", "duplicate", "refused"
UNJUDGED = "unjudged"  # the lab cannot say what would have become of it; a bug of ours, told where it was met


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event; `code` is Segment's discard code, `reason` our words.

    `pointer` says where in the event the reason lies. It is known when the verdict is given and not kept.
    """

    verdict: str
    code: str = ""
    reason: str = ""
    pointer: str = field(default="", compare=False)

    def as_dict(self) -> dict[str, str]:
        return {"verdict": self.verdict, "code": self.code, "reason": self.reason}


DELIVERED_VERDICT = Verdict(DELIVERED)
# The code: segment facts 1.8 [doc]; that such a batch is answered 200: 1.10 [inferred].
EMPTY_BATCH = Verdict(DISCARDED, "empty_batch", "the batch holds no events")


def places_taken(sent: int, settings: SegmentSettings) -> int:
    """Return how many events of a batch of `sent` are looked at; the others are surplus.

    They are answered 200 (segment facts 1.6 [doc], 6 (10), conflict 4).
    """
    return 0 if sent > BATCH_ITEMS and settings.surplus_items == "discard-all" else BATCH_ITEMS


def judge(item: Any, place: int, taken: int, settings: SegmentSettings, *, is_oversize: bool = False) -> Verdict:
    """Say what becomes of the event at `place` of its batch, of which `taken` are looked at.

    No code is published for surplus, size or what is no object: they are told as `bad_request` [inferred].
    """
    if place >= taken:
        return Verdict(DISCARDED, "bad_request", f"item {place + 1} of a batch; Segment takes {BATCH_ITEMS}")
    if not isinstance(item, dict):
        return Verdict(DISCARDED, "bad_request", "an item of the batch is no object")
    if is_oversize:
        return Verdict(DISCARDED, "bad_request", f"over {settings.event_bytes} bytes")
    dated = item.get("timestamp")
    if settings.unreadable_timestamp == "discard" and dated is not None and parse_time(dated) is None:
        return Verdict(DISCARDED, "bad_request", "its timestamp cannot be read", "/timestamp")
    try:
        found = discard_reason(item if settings.numeric_ids == "discard" else with_text_ids(item))
    except Exception as error:  # one event that nobody can judge must not hide the verdicts of the others
        return unjudged(f"{type(error).__name__}: {error}")
    if found is None:
        return DELIVERED_VERDICT
    return Verdict(DISCARDED, found.rule.discard_code or "bad_request", found.message, found.pointer)


def unjudged(reason: str) -> Verdict:
    """Return the verdict on what the lab cannot judge."""
    return Verdict(UNJUDGED, "", f"the lab cannot judge this: {reason}. Please report it")


def batch_code(events: int, discarded: int, *, is_empty: bool) -> str:
    """Return Segment's code for a batch as a whole, empty when all of it was published.

    Codes: segment facts 1.8 [doc]; that `empty_batch_result` is a batch of which nothing is left: [inferred].
    """
    if is_empty:
        return EMPTY_BATCH.code
    if not discarded:
        return ""
    return "empty_batch_result" if discarded == events else "multi_user_error"
