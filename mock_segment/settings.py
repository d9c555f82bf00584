"""Everything about Segment that its facts leave open or that a team may want otherwise, with defaults."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.limits import BATCH_BYTES, EVENT_BYTES
from mock_core.settings import setting


@dataclass(frozen=True, slots=True)
class SegmentSettings:
    """The choices of the Segment fake; read and changed under /__lab/settings."""

    mode: str = setting(
        "faithful",
        "What the edge answers: 'faithful' is Segment's own answer, nearly always 200; 'strict' refuses a bad event "
        "with 400 and the reason, so that a test fails at the call that caused it.",
        source="facts 9 (ours)",
        choices=("faithful", "strict"),
    )
    unknown_key: str = setting(
        "discard-once-registered",
        "Events with a write key nobody registered: accepted while no source is registered and discarded as "
        "unknown_source afterwards, or always the one or the other. The edge says 200 in each case.",
        source="facts 1.3 [obs] the edge cannot tell; 1.8 [doc] unknown_source",
        choices=("discard-once-registered", "accept", "discard"),
    )
    write_key_precedence: str = setting(
        "body",
        "Which write key counts when the body and the header name different ones.",
        source="facts 1.3, 8: unknown; body suggested",
        choices=("body", "header"),
    )
    query_write_key: bool = setting(
        False,
        "Whether `?writeKey=` counts on POST routes, after body and header.",
        source="facts 8: unknown",
    )
    type_precedence: str = setting(
        "item",
        "Which type counts when an event on a single-call route names another one.",
        source="facts 8: unknown",
        choices=("item", "route"),
    )
    batch_merge: str = setting(
        "deep",
        "How a batch's context and integrations are merged into an event's own: level by level, or key by key at the "
        "top. The event wins either way.",
        source="facts 1.10 [doc] they are merged; 8: how is unknown",
        choices=("deep", "shallow"),
    )
    batch_precedence: str = setting(
        "event",
        "Who wins where a batch's context or integrations and an event's own say different things.",
        source="facts 1.10 [inferred] the event; 8: the rule is unknown",
        choices=("event", "batch"),
    )
    numeric_ids: str = setting(
        "discard",
        "A userId or anonymousId that is a number: the event is discarded as id_not_string, taken as it is, or taken "
        "with the number made text, as it is shown and handed on.",
        source="facts 1.8 [doc] id_not_string; analytics-node#138 and analytics-ruby#48 speak of numbers as accepted",
        choices=("discard", "accept", "coerce"),
    )
    unreadable_timestamp: str = setting(
        "receive-time",
        "An event whose timestamp cannot be read: dated by when it was received, or discarded as bad_request.",
        source="facts 1.11 [inferred]: not documented",
        choices=("receive-time", "discard"),
    )
    empty_batch: str = setting(
        "discard",
        "A batch of nothing: answered 200 and discarded as empty_batch, or refused with 400.",
        source="facts 1.10: the code is [doc], the status [inferred]",
        choices=("discard", "refuse"),
    )
    surplus_items: str = setting(
        "discard-surplus",
        "Of a batch beyond 2,500 items: the surplus is discarded, or all of it.",
        source="facts 1.6 [doc], conflict 4: answered 200, excess or all rejected later",
        choices=("discard-surplus", "discard-all"),
    )
    min_write_key_length: int = setting(
        0,
        "Keys shorter than this are refused like an empty one; 0 accepts any length.",
        source="facts 1.3 [obs] analytics-go#205 saw 'abc123' refused; threshold unknown",
    )
    wrong_region: str = setting(
        "discard",
        "Events that reach the fake of one region with a key of the other: 200 and discarded, or refused with 400.",
        source="facts 1.1, conflict 19: silent 200 observed, rejection documented since 2025-04-03",
        choices=("discard", "refuse"),
    )
    region: str = setting("us", "The region this fake stands for.", source="facts 1.1 [doc]", choices=("us", "eu"))
    event_bytes: int = setting(
        EVENT_BYTES,
        "The largest event in bytes, by itself or in a batch.",
        source="facts 1.7 [doc] 32 KB, [obs] between 30,082 and 33,087; that a KB is 1,024 bytes is [inferred]",
    )
    batch_bytes: int = setting(
        BATCH_BYTES,
        "The largest body of a batch in bytes.",
        source="facts 1.7 [doc] 500 KB; the SDKs count 500,000 or 512,000, which [inferred]",
    )
    sizes_count: str = setting(
        "inflated",
        "What the size of a compressed body is: that of the JSON in it, or that of what was sent.",
        source="facts 1.4 [inferred]: the limit protects what is stored",
        choices=("inflated", "sent"),
    )
    oversize_item: str = setting(
        "refuse-batch",
        "A batch with an item over 32 KB: the whole batch is refused with 400, or that item alone is discarded.",
        source="facts 1.6, conflict 5: the limit has no documented status",
        choices=("refuse-batch", "discard-item"),
    )
    bad_request_body: str = setting(
        "json",
        "The body of a 400 for what is malformed or too large: an object like that for a missing write key, or the "
        "text 'Bad Request'.",
        source="facts 1.6 [obs] text in 2018, the messages in 2026; 8: the exact body is unknown",
        choices=("json", "text"),
    )
    rate_limit_requests: int = setting(
        0,
        "Uploads taken per window of the lab's clock before the edge answers 429; 0 sets no limit.",
        source="facts 1.7 [doc] 1,000 a second recommended; what triggers a real 429 is unknown (8)",
    )
    rate_limit_seconds: int = setting(
        1,
        "The length of that window; what is left of it is announced in Retry-After and X-RateLimit-Reset.",
        source="facts 1.6 [doc], conflict 14: both headers, both in seconds",
    )
    rate_limit_body: str = setting(
        "json",
        "The body of that 429: an object like that of other refusals, plain text, or none.",
        source="facts 1.6 [doc] its headers; 8: its body is unknown",
        choices=("json", "text", "empty"),
    )
    oauth_assertions: str = setting(
        "verify-once-registered",
        "Signatures at /token: taken unverified while no OAuth app is registered and verified afterwards, or always.",
        source="ours, like unknown_key: a lab works before it is set up",
        choices=("verify-once-registered", "verify"),
    )
    oauth_token_seconds: int = setting(
        86_400,
        "How long an access token is good for.",
        source="facts 1.2 [doc] 1 to 30 days are offered",
    )
    refuse_bad_token: bool = setting(
        True,
        "Whether an upload with a Bearer token that is unknown or over is refused with 401, or taken by its write key.",
        source="facts 1.2: SDKs drop their token on 401 [sdk]; the status is [inferred]",
    )
    event_version: int = setting(
        2,
        "The `version` that every stored event carries.",
        source="facts 1.12, conflict 7: a Number by the documents; 2, 1 and '1.1' in examples",
    )
    unify_limits: bool = setting(
        True,
        "Whether profiles keep to Unify's limits: an identify with too many traits or too long a messageId is "
        "delivered and changes no profile.",
        source="facts 1.7 [doc] 300 traits, conflict 18; messageId of 100 characters, conflict 6",
    )
    null_trait: str = setting(
        "remove",
        "A trait sent as null leaves the profile, or is kept as null.",
        source="facts 2.5 [doc] Unify removes the trait",
        choices=("remove", "keep"),
    )
    profile_order: str = setting(
        "arrival",
        "Which of two values of a trait a profile keeps: the one delivered last, or the one of the event with the "
        "later timestamp. Clients that send batches side by side deliver out of order.",
        source='facts 2.5: "newest, or last updated" does not settle it',
        choices=("arrival", "timestamp"),
    )
    dedupe_hours: int = setting(
        24,
        "For how many hours a messageId is remembered, over all sources; 0 turns deduplication off.",
        source="facts 1.9 [doc] at least 24 h, not scoped to source; conflict 21",
    )
    dedupe_from: str = setting(
        "first",
        "From when a messageId is remembered for so long: from its first delivery, or from the last time it came.",
        source="facts 1.9 [doc] a look-back of about 24 h; from when is unknown",
        choices=("first", "last"),
    )
