"""What to do after a try: a pure decision, from the try's number and its outcome.

The loop that carries the decision out is tenacity's; the waiting is the clock's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Final, TypeAlias

import tenacity

from syncer.clock import Clock

RETRIED: Final = frozenset({408, 410, 425, 429, 460})
"""Statuses below 500 worth another try; 460 is Segment's own transient one (segment facts 1.6, 3.1 [sdk])."""

NOT_RETRIED: Final = frozenset({501, 505, 511})
"""Statuses from 500 on that another try does not change (segment facts 3.1 [sdk])."""

REFUSES_CONTENT: Final = frozenset({400, 413, 422})
"""Statuses that may be about one event of a batch: splitting the batch finds it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say what came of one try.

    `status` is None when no answer came. `is_accepted` is the client's word that the answer is the one it waited
    for; a 200 that is not what it should be is not accepted. `is_final` is its word that another try would end the
    same way, and that nothing was done. `detail` is for people.
    """

    status: int | None
    is_accepted: bool
    detail: str
    retry_after: float | None = None
    is_final: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Say whether the other side may have acted on the try although it was not accepted."""
        if self.is_accepted or self.is_final:
            return False
        return self.status is None or self.status >= 500 or self.status < 400


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Say how often and how patiently to try.

    `retries` counts tries after the first. The n-th wait is `base * factor ** (n - 1)` seconds, longer by up to
    `jitter` of itself, and at least what the other side asked for. `everything` retries what is not transient, too.
    """

    retries: int = 8
    base: float = 1.0
    factor: float = 2.0
    jitter: float = 0.0
    retry_after_cap: float = 3600.0
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """The try did what it was for."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after so many seconds."""

    after: float
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The content was refused: the same content will be refused again."""

    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop: the same try will not succeed now, whatever the content."""

    reason: str


Decision: TypeAlias = Accept | Retry | Refuse | GiveUp


def decide(attempt: int, outcome: Outcome, policy: RetryPolicy, chance: float = 0.0) -> Decision:
    """Decide what to do after try number `attempt` (the first is 1); `chance`, 0 to 1, picks the jitter."""
    if outcome.is_accepted:
        return Accept()
    if outcome.is_final:
        return GiveUp(outcome.detail)
    if not (is_transient(outcome.status) or policy.everything):
        return Refuse(outcome.detail) if outcome.status in REFUSES_CONTENT else GiveUp(outcome.detail)
    if attempt > policy.retries:
        if policy.everything and outcome.status in REFUSES_CONTENT:
            return Refuse(outcome.detail)
        return GiveUp(f"{outcome.detail}, {attempt} times")
    asked = outcome.retry_after
    if asked is not None and asked > policy.retry_after_cap:
        return GiveUp(f"{outcome.detail}, and asks to wait {asked:.0f} s, more than {policy.retry_after_cap:.0f}")
    wait = policy.base * policy.factor ** (attempt - 1) * (1 + policy.jitter * chance) if asked is None else asked
    return Retry(wait, outcome.detail)


def is_transient(status: int | None) -> bool:
    """Say whether another try may end otherwise; None stands for no answer."""
    if status is None or status < 300:
        return True
    return status in RETRIED or (status >= 500 and status not in NOT_RETRIED)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds a reply asks to wait: `Retry-After` in seconds or as a date, else `X-RateLimit-Reset`.

    A date is read against the reply's own `Date`, so that two clocks need not agree; `now` stands in without one.
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        value = headers.get(name, "").strip()
        if not value:
            continue
        if value.isascii() and value.replace(".", "", 1).isdigit():
            return float(value)  # beyond every number it is infinity: longer than anybody waits
        moment = _epoch(value)
        if moment is not None:
            sent_at = _epoch(headers.get("date", ""))
            return max(0.0, moment - (now if sent_at is None else sent_at))
    return None


def _epoch(http_date: str) -> float | None:
    """Return the moment that a date names, or None for text that names none in any calendar."""
    try:
        moment = parsedate_to_datetime(http_date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Tries:
    """Say how a series of tries ended."""

    decision: Decision
    outcome: Outcome
    attempts: int
    is_doubtful: bool


def keep_trying(
    attempt: Callable[[int], Outcome],
    policy: RetryPolicy,
    clock: Clock,
    *,
    on_retry: Callable[[int, Retry], Decision | None] = lambda _attempt, _retry: None,
    chance: Callable[[], float] = random.random,
) -> Tries:
    """Call `attempt` with 1, 2, 3 ... until the decision is not to retry.

    `on_retry` is told of each retry before the wait, and may put another decision in its place.
    """
    numbers = count(1)
    was_doubtful = False

    def once() -> Tries:
        nonlocal was_doubtful
        number = next(numbers)
        outcome = attempt(number)
        was_doubtful = was_doubtful or outcome.is_doubtful
        decision = decide(number, outcome, policy, chance() if policy.jitter else 0.0)
        if isinstance(decision, Retry):
            decision = on_retry(number, decision) or decision
        return Tries(decision, outcome, number, was_doubtful)

    def wait(state: tenacity.RetryCallState) -> float:
        last: Tries = state.outcome.result()  # type: ignore[union-attr]
        return last.decision.after if isinstance(last.decision, Retry) else 0.0

    tries = once()
    if not isinstance(tries.decision, Retry):  # nearly always: a loop is only made when there is something to repeat
        return tries
    clock.sleep(tries.decision.after)
    loop = tenacity.Retrying(
        sleep=clock.sleep,
        wait=wait,
        retry=tenacity.retry_if_result(lambda tries: isinstance(tries.decision, Retry)),
    )
    return loop(once)
