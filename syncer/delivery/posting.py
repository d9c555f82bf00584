"""Delivery: batches to Segment, several in flight, each tried until it is settled or the run must stop.

Order: within a run every user has one change, and a run begins only when the one before is settled, so no older
value can overtake a newer one. A late copy of an old try carries the messageId of the try that was
acknowledged, and Segment drops it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from contracts.limits import EVENT_BYTES
from syncer.clock import Clock
from syncer.delivery.batching import Batch
from syncer.delivery.segment import Segment
from syncer.settings import Settings
from syncer.state import FailedRow, Settlement
from syncer.wire import Accept, Decision, GiveUp, Outcome, Pace, Refuse, Retry, keep_trying


class Delivery:
    """Deliver the batches of one run.

    Whoever is refused in a run that `is_resumed` may have been told before it stopped: nobody knows how far it came.
    """

    def __init__(
        self,
        segment: Segment,
        settings: Settings,
        clock: Clock,
        *,
        is_resumed: bool = False,
        chance: Callable[[], float] = random.random,
        on_retry: Callable[[Batch, int, Retry], None] = lambda _batch, _attempt, _retry: None,
    ) -> None:
        self._is_resumed = is_resumed
        self._chance = chance
        self._segment = segment
        self._settings = settings
        self._clock = clock
        self._on_retry = on_retry
        self._pace = Pace(
            clock,
            events_per_second=settings.events_per_second,
            breaker_failures=settings.breaker_failures,
            breaker_seconds=settings.breaker_seconds,
        )
        self._lock = threading.Lock()
        self._retries_left = settings.retry_budget
        self._refusals_in_a_row = 0
        self._is_stopping = False

    def deliver(self, batches: Iterable[Batch]) -> Iterator[Settlement]:
        """Yield what became of each batch, as soon as it is known; end early after one that stops the run.

        With more than one in flight the order of the results is not that of the batches, and what is in flight
        when the run stops is still waited for and yielded.
        """
        if self._settings.parallel == 1:
            for batch in batches:
                result = self._settle(batch)
                yield result
                if result.stopped:
                    return
            return
        yield from self._side_by_side(iter(batches))

    def _side_by_side(self, batches: Iterator[Batch]) -> Iterator[Settlement]:
        flying: set[Future[Settlement]] = set()
        with ThreadPoolExecutor(self._settings.parallel, thread_name_prefix="delivery") as pool:
            try:
                while True:
                    # One batch more than can fly is made in advance, so that no worker waits for its next.
                    while not self._is_stopping and len(flying) <= self._settings.parallel:
                        batch = next(batches, None)
                        if batch is None:
                            break
                        flying.add(pool.submit(self._settle, batch))
                    if not flying:
                        return
                    landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                    for each in landed:
                        yield each.result()
            finally:
                # Whoever left early, by an interruption or an error, does not wait for long retries.
                self._is_stopping = True

    def _settle(self, batch: Batch) -> Settlement:
        """Try one batch to the end, and leave no event blamed when it was the endpoint that refused them all."""
        if self._is_stopping:
            return Settlement()
        settlement = self._settle_part(batch, is_doubtful=self._is_resumed)
        if not settlement.stopped:
            return settlement
        blamed = {row.position for row in settlement.failed}
        return replace(settlement, failed=(), ranges=tuple(each for each in settlement.ranges if each[0] not in blamed))

    def _settle_part(self, batch: Batch, *, is_doubtful: bool) -> Settlement:
        """Try events until they are taken; when Segment refuses them, halve them until the bad one stands alone.

        `is_doubtful` says that an earlier try, of a larger part, may have got through.
        """
        here = ((batch.first, batch.last),)
        if batch.is_too_large:
            reason = f"the event is {len(batch.events[0])} bytes, and Segment takes {EVENT_BYTES}"
            return Settlement(here, (self._failed(batch, reason, is_doubtful=False),))
        tries = keep_trying(
            lambda attempt: self._try(batch, attempt),
            self._settings.retry_policy,
            self._clock,
            on_retry=lambda attempt, retry: self._before_retry(batch, attempt, retry),
            chance=self._chance,
        )
        is_doubtful = is_doubtful or tries.is_doubtful
        spent = Settlement(attempts=tries.attempts, retries=tries.attempts - 1)
        match tries.decision:
            case Accept():
                self._refusals_in_a_row = 0
                return spent + Settlement(here, calls=len(batch), batches=1)
            case Refuse(reason) if len(batch) == 1:
                if self._is_the_endpoint():
                    limit = self._settings.refusals_in_a_row
                    return self._stop(spent, f"{reason}; more than {limit} events in a row were refused")
                return spent + Settlement(here, (self._failed(batch, reason, is_doubtful=is_doubtful),))
            case Refuse():
                front, back = batch.halves()
                spent += self._settle_part(front, is_doubtful=is_doubtful)
                return spent if spent.stopped else spent + self._settle_part(back, is_doubtful=is_doubtful)
            case GiveUp(reason):
                return self._stop(spent, reason)
            case Retry():
                raise AssertionError("a series of tries never ends on a retry")

    def _stop(self, spent: Settlement, reason: str) -> Settlement:
        self._is_stopping = True
        return replace(spent, stopped=reason)

    def _try(self, batch: Batch, attempt: int) -> Outcome:
        self._pace.admit(len(batch))
        outcome = self._segment.send(batch, attempt)
        if outcome.is_accepted:
            self._pace.succeeded()
        else:
            self._pace.failed()
        if outcome.retry_after is not None and outcome.retry_after <= self._settings.retry_after_cap:
            self._pace.hold(outcome.retry_after)
        return outcome

    def _before_retry(self, batch: Batch, attempt: int, retry: Retry) -> Decision | None:
        with self._lock:
            if self._retries_left <= 0:
                return GiveUp(f"{retry.reason}; the retry budget of {self._settings.retry_budget} is spent")
            if self._is_stopping:
                return GiveUp(retry.reason)
            self._retries_left -= 1
        self._on_retry(batch, attempt, retry)
        return None

    def _is_the_endpoint(self) -> bool:
        """Count a refusal; say whether so many in a row mean that it is not the events that are wrong."""
        with self._lock:
            self._refusals_in_a_row += 1
            return self._refusals_in_a_row > self._settings.refusals_in_a_row

    def _failed(self, batch: Batch, reason: str, *, is_doubtful: bool) -> FailedRow:
        user_id, value = batch.changes[0]
        return FailedRow(
            position=batch.first,
            user_id=user_id,
            value=value,
            reason=reason,
            is_doubtful=is_doubtful,
            failed_at=self._clock.now(),
        )
