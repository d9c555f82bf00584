"""Faults that only a tracking API has: what became of the events, not of the reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_core.exchange import Exchange, Reply
from mock_core.faults import CORE_FAULTS, Fault, Moment, Proceed, expect_status


@dataclass(frozen=True, slots=True)
class StoreFirst:
    """Store only the first `keep` events of a batch, then answer `status`, 500 unless told.

    A batch may be accepted in part (segment facts 1.8 [doc]); that the reply is an error all the same: [inferred].
    """

    keep: int
    status: int = 500

    def __post_init__(self) -> None:
        expect_status("store-first", self.status)

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:
        proceed()
        exchange.record["keep"] = self.keep
        return moment.refuse(self.status)


@dataclass(frozen=True, slots=True)
class StoredTwice:
    """Store every event twice, as a retry inside the service does.

    Duplicates that Segment lets pass: segment facts 1.9 [doc]; when it happens is [inferred].
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["copies"] = 2
        return proceed()


@dataclass(frozen=True, slots=True)
class Late:
    """Answer as usual and deliver the events this many seconds later, on the lab's clock.

    Segment may queue what comes too fast: segment facts 1.7 [doc]; for how long is [inferred].
    """

    seconds: float

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["late_ms"] = round(self.seconds * 1000)
        return proceed()


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Answer as usual and deliver the events after those of the next call.

    Order is not guaranteed: segment facts 5.7 [doc], amplitude facts 4.3 [doc].
    """

    def apply(self, exchange: Exchange, proceed: Proceed, moment: Moment) -> Reply:  # noqa: ARG002
        exchange.record["overtaken"] = True
        return proceed()


SEGMENT_FAULTS: Mapping[str, type[Fault]] = {
    **CORE_FAULTS,
    "store-first": StoreFirst,
    "stored-twice": StoredTwice,
    "late": Late,
    "out-of-order": OutOfOrder,
}
