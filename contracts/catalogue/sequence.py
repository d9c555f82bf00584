"""S7xx: contracts over a sequence of calls, because the worst cohort bugs are not in one payload.

The examples are captures: events in the order in which they arrived, and sometimes who the members are at the end.
"""

from __future__ import annotations

from typing import Any

from contracts.catalogue.sources import COHORT_SOURCE, SPEC_COMMON, amplitude, client, inferred, segment
from contracts.rule import Rule, Severity

SEQUENCE = ("sequence",)
_KEY = "Power Users (abc123)"
_DEDUPE = "guides/duplicate-data.md"


def _told(value: Any, *, key: str = _KEY, user: str = "user-001", **fields: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "traits": {key: value}, **fields}


def _capture(*events: dict[str, Any], **members: list[str]) -> dict[str, Any]:
    """Return an example; `members` are by cohort id, of a cohort called Power Users."""
    if not members:
        return {"events": list(events)}
    cohorts = [{"id": cohort, "name": "Power Users", "members": users} for cohort, users in members.items()]
    return {"events": list(events), "memberships": {"cohorts": cohorts}}


RULES = (
    Rule(
        code="S701",
        name="leave-follows-enter",
        severity=Severity.ERROR,
        message="A user leaves a cohort that they were never told to have entered.",
        explanation="A sync sends false only to those to whom it sent true. A false without an earlier true means that "
        "the enter was lost, went to another key or another user id, or that the sync sends false to everybody who is "
        "not a member. In a capture that starts in the middle, ignore this rule or check the earlier part with it.",
        bad=_capture(_told(False)),
        good=_capture(_told(True), _told(False)),
        expected="an earlier true for this user and trait",
        fix="Diff against what was acknowledged, and look for the enter among the calls that failed.",
        source=amplitude("3.2", "[doc]", "content/collections/partners/en/receiving-behavioral-cohorts.md"),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S702",
        name="value-changes",
        severity=Severity.ERROR,
        message="A user is told the same value again.",
        explanation="Later syncs send only who entered and who left. A repeated value means that the sync sends "
        "everything each time, does not remember what was acknowledged, or retried with another `messageId`. "
        "Repeats with the same `messageId` are fine: Segment drops them.",
        bad=_capture(
            _told(True, messageId="run1-user-001", timestamp="2026-11-23T09:00:00Z"),
            _told(True, messageId="run2-user-001", timestamp="2026-11-23T10:00:00Z"),
        ),
        good=_capture(
            _told(True, messageId="run1-user-001", timestamp="2026-11-23T09:00:00Z"),
            _told(False, messageId="run2-user-001", timestamp="2026-11-23T10:00:00Z"),
        ),
        expected="the other value, or silence",
        fix="Send changes only, and keep the `messageId` of an event over all its retries.",
        source=segment("4.2", "[doc]", COHORT_SOURCE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S703",
        name="retry-keeps-its-message-id",
        severity=Severity.ERROR,
        message="The same event is sent again under another `messageId`.",
        explanation="Everything else is equal, so it is a retry. Segment deduplicates by `messageId` alone and keeps "
        "both: twice in the warehouse, twice in every destination.",
        bad=_capture(
            _told(True, messageId="try-1", timestamp="2026-11-23T09:00:00Z"),
            _told(True, messageId="try-2", timestamp="2026-11-23T09:00:00Z"),
        ),
        good=_capture(
            _told(True, messageId="run1-user-001", timestamp="2026-11-23T09:00:00Z"),
            _told(True, messageId="run1-user-001", timestamp="2026-11-23T09:00:00Z"),
        ),
        expected="the `messageId` of the first attempt",
        fix="Make the `messageId` when the event is made, and store it before the first attempt.",
        source=segment("1.9, 6 (18)", "[doc]", _DEDUPE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S704",
        name="message-id-means-one-event",
        severity=Severity.ERROR,
        message="Two different events share a `messageId`.",
        explanation="Segment compares ids, never contents, over all sources and types for 24 hours. The second event "
        "is dropped as a repeat of the first, whatever it says. Ids made of a user and a date do this.",
        bad=_capture(
            _told(True, user="user-001", messageId="2026-11-23"),
            _told(True, user="user-002", messageId="2026-11-23"),
        ),
        good=_capture(
            _told(True, user="user-001", messageId="2026-11-23-user-001"),
            _told(True, user="user-002", messageId="2026-11-23-user-002"),
        ),
        expected="a `messageId` of its own",
        fix="Put everything that tells events apart into the id: cohort, run, user, value.",
        source=segment("1.9, 6 (19)", "[doc]", _DEDUPE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S705",
        name="return-is-not-swallowed",
        severity=Severity.ERROR,
        message="A user returns to an earlier value under the `messageId` of that time.",
        explanation="Enter, leave, enter again: when the third call repeats the id of the first, Segment drops it as a "
        "duplicate within 24 hours, and the user stays out.",
        bad=_capture(
            _told(True, messageId="abc123-user-001-true"),
            _told(False, messageId="abc123-user-001-false"),
            _told(True, messageId="abc123-user-001-true"),
        ),
        good=_capture(
            _told(True, messageId="run1-abc123-user-001"),
            _told(False, messageId="run2-abc123-user-001"),
            _told(True, messageId="run3-abc123-user-001"),
        ),
        expected="a `messageId` that no earlier change has",
        fix="Put the run into the `messageId`.",
        source=segment("1.9", "[doc]", _DEDUPE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S706",
        name="cohort-has-one-key",
        severity=Severity.ERROR,
        message="One cohort id appears under two trait keys.",
        explanation="The cohort was renamed, or two senders spell its key differently. Each key is a trait of its own: "
        "whoever has the old one at true keeps it, because later syncs only write the new one.",
        bad=_capture(
            _told(True),
            _told(False),
            _told(True, key="Power Users 2026 (abc123)"),
        ),
        good=_capture(_told(True), _told(True, key="Trial Users (def456)")),
        expected="one trait key for one cohort id",
        fix="After a rename send false under the old key and everything under the new one; of our own engine "
        "`cohortlab sync orphans` lists such traits, and `cohortlab sync clear` ends one.",
        source=inferred("4.2", "the key embeds the name, and only changes are sent"),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S707",
        name="spelling-is-one",
        severity=Severity.ERROR,
        message="Trait keys of two published spellings are mixed.",
        explanation="Two senders, or a configuration that changed, write cohorts in different styles. Filters and "
        "queries that know one style miss the other.",
        bad=_capture(_told(True), _told(True, key="[Amplitude] Trial Users: def456")),
        good=_capture(_told(True), _told(True, key="Trial Users (def456)")),
        expected="the configured spelling",
        fix="Set the same trait key template everywhere.",
        source=segment("4.1, 6 (24)", "[doc]", COHORT_SOURCE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S708",
        name="old-key-is-closed",
        severity=Severity.ERROR,
        message="A trait stays true for ever: no live cohort writes it any more.",
        explanation="Its cohort was renamed, deleted, or is no longer synced, and nobody sends the false that would "
        "end it. Downstream the users still look like members.",
        bad=_capture(
            _told(True),
            _told(True, key="Power Users 2026 (abc123)", user="user-002"),
        ),
        good=_capture(_told(True), _told(True, user="user-002"), abc123=["user-001", "user-002"]),
        expected="false for everybody who has it, once its cohort is gone",
        fix="Send false under the old key to those who have it at true.",
        source=amplitude("3.5", "[inferred]", "content/collections/audiences/en/third-party-syncs.md"),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S709",
        name="order-is-kept",
        severity=Severity.ERROR,
        message="An older change arrives after a newer one.",
        explanation="Segment keeps what arrives last. An enter that overtakes the leave before it, on a second "
        "connection or in a retry, leaves the user in the wrong state until the next change.",
        bad=_capture(
            _told(True, messageId="a", timestamp="2026-11-23T08:00:00Z"),
            _told(False, messageId="c", timestamp="2026-11-23T10:00:00Z"),
            _told(True, messageId="b", timestamp="2026-11-23T09:00:00Z"),
        ),
        good=_capture(
            _told(True, messageId="a", timestamp="2026-11-23T08:00:00Z"),
            _told(False, messageId="b", timestamp="2026-11-23T09:00:00Z"),
            _told(True, messageId="c", timestamp="2026-11-23T10:00:00Z"),
        ),
        expected="a `timestamp` no earlier than the last",
        fix="Keep all changes of one user on one connection, and hold newer ones back while an older one is retried.",
        source=client(
            "3.2, 6 (7)", "amplitude-docs: content/collections/destination-catalog/en/amazon-kinesis-cohort.md"
        ),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S710",
        name="every-leave-is-told",
        severity=Severity.ERROR,
        message="A user has left the cohort and still has its trait at true.",
        explanation="The last thing that was said about this user is true, and the membership says otherwise: the "
        "leave was never sent, or was lost. Nothing will correct it until the user enters and leaves again.",
        bad=_capture(_told(True), abc123=[]),
        good=_capture(_told(True), _told(False), abc123=[]),
        expected="false, as the user is no member",
        fix="Compare the last acknowledged members with the current ones, and send false to those who are gone.",
        source=segment("4.1", "[doc]", COHORT_SOURCE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S711",
        name="every-enter-is-told",
        severity=Severity.ERROR,
        message="A member of the cohort does not have its trait at true.",
        explanation="The membership names this user, and no call that Segment keeps says so.",
        bad=_capture(_told(True), abc123=["user-001", "user-002"]),
        good=_capture(_told(True), _told(True, user="user-002"), abc123=["user-001", "user-002"]),
        expected="true, as the user is a member",
        fix="Look for the user among batches that failed and events that were discarded.",
        source=segment("4.1", "[doc]", COHORT_SOURCE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S712",
        name="one-moment-one-value",
        severity=Severity.WARNING,
        message="A user is told both values at the same moment.",
        explanation="Enter and leave with the same `timestamp`, or in one batch: delivery downstream is unordered, so "
        "either may win there.",
        bad=_capture(
            _told(True, messageId="a", timestamp="2026-11-23T09:00:00Z"),
            _told(False, messageId="b", timestamp="2026-11-23T09:00:00Z"),
        ),
        good=_capture(
            _told(True, messageId="a", timestamp="2026-11-23T09:00:00Z"),
            _told(False, messageId="b", timestamp="2026-11-23T10:00:00Z"),
        ),
        expected="one value at one moment",
        fix="Send the net change of a run: one value for each user and cohort.",
        source=segment("5.7", "[doc]", "connections/destinations/index.md"),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S713",
        name="user-has-one-id",
        severity=Severity.WARNING,
        message="Two user ids differ only in case, or in white space.",
        explanation="To Segment and Amplitude they are two people. When one system lower-cases or trims ids, the "
        "enter goes to one of them and the leave to the other.",
        bad=_capture(_told(True, user="User-001"), _told(True, user="user-001")),
        good=_capture(_told(True, user="user-001"), _told(True, user="user-002")),
        expected="one spelling of an id",
        fix="Pass ids on as they are; correct them where they are made.",
        source=amplitude("5.6", "[doc]", "content/collections/data/en/instrument-track-unique-users.md"),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S714",
        name="time-of-sending-moves",
        severity=Severity.WARNING,
        message="Events of different days carry the same `sentAt`.",
        explanation="`sentAt` is compared with the moment of arrival to correct `timestamp`. Set once and sent for "
        "ever, it moves every later event by the age of that moment.",
        bad=_capture(
            _told(True, timestamp="2026-11-20T09:00:00Z", sentAt="2026-11-20T09:00:01Z"),
            _told(False, timestamp="2026-11-23T09:00:00Z", sentAt="2026-11-20T09:00:01Z"),
        ),
        good=_capture(
            _told(True, timestamp="2026-11-20T09:00:00Z", sentAt="2026-11-20T09:00:01Z"),
            _told(False, timestamp="2026-11-23T09:00:00Z", sentAt="2026-11-23T09:00:01Z"),
        ),
        expected="the moment of sending",
        fix="Set `sentAt` when the request is written.",
        source=segment("1.11, 6 (20)", "[doc]", SPEC_COMMON),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S715",
        name="leave-is-false",
        severity=Severity.ERROR,
        message="A user is told null where false is due.",
        explanation="Null takes the trait away, or leaves it, as each reader likes: `is false` does not match it, and "
        "a warehouse keeps the true that it has. SQL traits and reverse ETL write null for who is in a query no more.",
        bad=_capture(_told(True), _told(None)),
        good=_capture(_told(True), _told(False)),
        expected="false",
        fix="Send the boolean `false` when a user leaves.",
        source=segment("2.5, 4.1", "[doc]", COHORT_SOURCE),
        contracts=SEQUENCE,
    ),
    Rule(
        code="S716",
        name="replay-is-in-time",
        severity=Severity.WARNING,
        message="A call is sent again after deduplication has forgotten it.",
        explanation="A messageId is remembered for 24 hours. A replay that comes later, out of a queue, a log or a "
        "backfill, is a new event to Segment: it counts twice, and an old value overwrites a newer one.",
        bad=_capture(
            _told(True, messageId="a", timestamp="2026-11-20T09:00:00Z", sentAt="2026-11-20T09:00:01Z"),
            _told(True, messageId="a", timestamp="2026-11-20T09:00:00Z", sentAt="2026-11-23T09:00:01Z"),
        ),
        good=_capture(
            _told(True, messageId="a", timestamp="2026-11-20T09:00:00Z", sentAt="2026-11-20T09:00:01Z"),
            _told(True, messageId="a", timestamp="2026-11-20T09:00:00Z", sentAt="2026-11-20T19:00:01Z"),
        ),
        expected="a retry within 24 hours, or none",
        fix="Drop what is older than a day from the queue, or send what is true now as a new event.",
        source=segment("1.9", "[doc]", _DEDUPE),
        contracts=SEQUENCE,
    ),
)
