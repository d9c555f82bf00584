"""The pace of users and devices is what a plain count of the last half minute says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_amplitude.ingest.pace import SECONDS, Pace

EVENTS = st.lists(
    st.fixed_dictionaries({"user_id": st.sampled_from(["ada", "grace"])}, optional={"device_id": st.just("d-1")}),
    max_size=6,
)


@given(uploads=st.lists(st.tuples(st.integers(0, 20_000), EVENTS), max_size=15), pace=st.integers(1, 2))
def test_it_counts_what_was_taken_within_the_window(uploads: list[tuple[int, list[dict[str, str]]]], pace: int):
    """In whole seconds of the clock, this upload included; what was refused does not count."""
    held, taken, now = Pace(), [], 1_000_000
    for wait, events in uploads:
        now += wait
        told = held.throttled(7, events, now, pace=pace, a_day=0)
        fast = {}
        for kind in ("user_id", "device_id"):
            for who in {event.get(kind) for event in (*events,)} - {None}:
                since = now // 1000 - SECONDS
                before = sum(each.get(kind) == who for at, each in taken if at // 1000 > since)
                total = before + sum(each.get(kind) == who for each in events)
                if total > pace * SECONDS:
                    fast[7, kind, who] = total // SECONDS

        assert (dict(told.fast) if told else {}) == fast
        if told is None:
            held.take(7, events, now)
            taken += [(now, event) for event in events]


def test_projects_do_not_slow_one_another():
    """The same user of another project is somebody else."""
    pace = Pace()
    pace.take(1, [{"user_id": "ada"}] * 30, 0)

    assert pace.throttled(2, [{"user_id": "ada"}], 0, pace=1, a_day=0) is None
    assert pace.throttled(1, [{"user_id": "ada"}], 0, pace=1, a_day=0) is not None
