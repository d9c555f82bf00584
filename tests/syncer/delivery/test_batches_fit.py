"""Batches fill what Segment takes, in bytes as sent, and are always cut at the same places."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from contracts.limits import BATCH_BYTES, EVENT_BYTES
from syncer.delivery import EventTemplate, batches, name_run
from syncer.delivery.batching import cut
from syncer.limits import BatchLimits

TEMPLATE = EventTemplate("Power % Users (abc123)", "cohortlab-0123456789")
SMALL = BatchLimits(bytes=40_000, events=7)
user_ids = st.text(min_size=1, max_size=50)
changes = st.lists(st.tuples(user_ids, st.booleans()), max_size=60)
sizes = st.lists(st.one_of(st.integers(1, 400), st.integers(5_000, 40_000)), max_size=60)


@given(sizes=sizes)
def test_every_event_is_in_one_batch_and_every_batch_fits(sizes: list[int]) -> None:
    """Slices follow each other without a gap; each is within the limits, or is one event too large for Segment."""
    slices = list(cut(sizes, SMALL))

    assert [index for span in slices for index in range(span.start, span.stop)] == list(range(len(sizes)))
    for span in slices:
        held = sizes[span]
        body = sum(held) + len(held) - 1 + 12
        assert len(held) <= SMALL.events
        assert body <= SMALL.bytes or (len(held) == 1 and held[0] > EVENT_BYTES)
        assert len(held) == 1 or max(held) <= EVENT_BYTES


@given(sizes=sizes)
def test_no_batch_could_take_the_next_event(sizes: list[int]) -> None:
    """A batch ends only because the next event does not fit."""
    slices = list(cut(sizes, SMALL))

    for span, following in itertools.pairwise(slices):
        with_next = sizes[span.start : following.start + 1]
        fits = sum(with_next) + len(with_next) - 1 + 12 <= SMALL.bytes and len(with_next) <= SMALL.events
        assert not fits or max(with_next) > EVENT_BYTES


@given(changes=changes, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_how_changes_arrive_does_not_matter(changes: list[tuple[str, bool]], cuts: list[int]) -> None:
    """The same changes in other chunks make the same bodies, byte for byte."""
    edges = [0, *sorted(cuts), len(changes)]
    chunks = [changes[a:b] for a, b in itertools.pairwise(edges)]

    whole = [batch.body for batch in batches(0, [changes], TEMPLATE, SMALL)]
    pieces = [batch.body for batch in batches(0, chunks, TEMPLATE, SMALL)]

    assert pieces == whole


@given(changes=changes, resumed=st.integers(0, 8))
def test_resuming_at_a_batch_makes_the_same_batches(changes: list[tuple[str, bool]], resumed: int) -> None:
    """From the beginning of any batch on, the batches are those that were there before."""
    before = list(batches(0, [changes], TEMPLATE, SMALL))[resumed:]
    start = before[0].first if before else len(changes)

    again = list(batches(start, [changes[start:]], TEMPLATE, SMALL))

    assert [batch.body for batch in again] == [batch.body for batch in before]


@given(changes=changes)
def test_a_body_is_the_json_it_should_be(changes: list[tuple[str, bool]]) -> None:
    """Bodies are JSON; every user id comes through unchanged, with its value and its own messageId."""
    sent = [event for batch in batches(3, [changes], TEMPLATE, SMALL) for event in json.loads(batch.body)["batch"]]

    assert [(event["userId"], event["traits"]["Power % Users (abc123)"]) for event in sent] == changes
    assert [event["messageId"] for event in sent] == [TEMPLATE.message_id(3 + n) for n in range(len(changes))]


def test_a_batch_of_default_size_is_as_full_as_it_may_be() -> None:
    """Long trait keys make the byte limit bind before the count, and the body stays below what Segment takes."""
    template = EventTemplate("x" * 900, "cohortlab-0123456789")
    changes = [(f"user-{n:06}", True) for n in range(3_000)]

    sent = list(batches(0, [changes], template, BatchLimits()))

    assert all(len(batch.body) <= 450_000 < BATCH_BYTES for batch in sent)
    assert all(len(batch) < 1_000 for batch in sent)
    assert len(sent[0].body) > 448_000


def test_no_two_runs_share_a_name() -> None:
    """The name of a run differs with cohort, target, generation, export and time, and leaves room for a position."""
    facts = ("abc123", "key-1", 7, "Req001", 1_800_000_000.0)
    others = [
        ("abc124", *facts[1:]),
        (facts[0], "key-2", *facts[2:]),
        (*facts[:2], 8, *facts[3:]),
        (*facts[:3], "Req002", facts[4]),
        (*facts[:4], 1_800_000_001.0),
    ]

    names = {name_run(*each) for each in [facts, *others]}

    assert len(names) == 6
    assert name_run(*facts) == name_run(*facts)
    assert len(EventTemplate("k", name_run(*facts)).message_id(10**9)) < 100
