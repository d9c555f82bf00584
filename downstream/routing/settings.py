"""Everything about routing that Segment's facts leave open or that a team may want otherwise, with defaults."""

from __future__ import annotations

from dataclasses import dataclass

from mock_core.settings import setting


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """The choices of routing; read and changed under /__lab/destination-settings."""

    order: str = setting(
        "overtaking",
        "What happens to later events while an earlier one waits to be tried again: 'overtaking' sends them, so that a "
        "vendor may get true after false; 'kept' lets events of the same user wait; 'shuffled' draws the order of what "
        "is due at a time from the seed.",
        source="segment facts 5.7 [doc] order is not guaranteed; how it gets lost is unknown",
        choices=("overtaking", "kept", "shuffled"),
    )
    retry_hours: float = setting(
        4.0,
        "For how long an event is tried again, from its first attempt; the last attempt is made when they are over.",
        source="segment facts 5.7 [doc] 4 h",
    )
    retry_first_seconds: float = setting(
        56.0,
        "How long the wait after the first attempt is on average.",
        source="segment facts 5.3 [obs] nine attempts over four hours: 56 s, doubled eight times, is just that",
    )
    retry_factor: float = setting(
        2.0,
        "By how much each wait is longer than the one before.",
        source="segment facts 5.7 [doc] exponential; the base is unknown",
    )
    retry_jitter: float = setting(
        0.5,
        "How far a wait may be off, either way, as a part of it; drawn from the seed.",
        source="segment facts 5.7 [doc] randomised; the spread is unknown",
    )
    batch: str = setting(
        "destination",
        "Whether events go together: 'destination' as many as the destination takes by default, 'off' one by one.",
        source="destination facts 1 [run]: 34 of 128 batch by default",
        choices=("destination", "off"),
    )
    gather_seconds: float = setting(
        1.0,
        "Of how many seconds events are gathered before they are sent: as batches, where the destination batches.",
        source="ours: Segment's gathering time is unknown",
    )
    batch_again: str = setting(
        "re-formed",
        "What an event of a failed batch is tried again with: 're-formed' what else is due then, 'alone' by itself.",
        source="segment facts 5.7 [doc] batches may be re-formed between retries",
        choices=("re-formed", "alone"),
    )
    batch_failure: str = setting(
        "marks-every-item",
        "What the refusal of a whole batch does to its events: 'marks-every-item' refuses each of them, 'one-by-one' "
        "sends each by itself once more.",
        source="segment facts 5.7 [doc] a failed batch marks every item",
        choices=("marks-every-item", "one-by-one"),
    )
    odd_switch: str = setting(
        "javascript",
        'A value in the integrations object that is neither true, false nor an object, as "false" or 0: read as '
        "JavaScript reads it (0, null and empty text are off, all else is on), or left out of account.",
        source="segment facts 5.4 [doc] true, false or an object; others are not documented",
        choices=("javascript", "ignored"),
    )
    not_by_all: str = setting(
        "Salesforce",
        "Destinations, apart by commas, that `All` does not reach: they are on only where they are named.",
        source="segment facts 5.4 [doc] Salesforce defaults to false",
    )
    vendor_seconds: float = setting(
        10.0,
        "For how long a vendor's answer is waited for, unless the destination says otherwise.",
        source="destination facts 3 [run] 10 s; segment facts 5.3 [doc] 5 s for classic webhooks",
    )
    requests_kept: int = setting(
        10_000,
        "How many of the newest requests to vendors are kept to be shown.",
        source="ours",
    )
