"""Why somebody is in a cohort: each clause with what met it or came nearest, since when, and until when."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.definitions import Event, Explanation, Rules, explain, is_member, read_words
from contracts.definitions.values import all_texts
from contracts.definitions.windows import DAY_MS
from tests.contracts.definitions import generated
from tests.contracts.definitions.generated import NOW
from tests.generating import EXAMPLES

TWICE = "performed Order at least 2 times in 30 days where tier is gold"


def days_ago(days: float, name: str = "Order", came: float | None = None, **held: object) -> Event:
    at = NOW - round(days * DAY_MS)
    received = at if came is None else NOW - round(came * DAY_MS)
    return Event(at, at, name, all_texts({"tier": "gold", **held}), {}, received)


def told(said: str, *events: Event) -> Explanation:
    return explain(read_words(said), events, NOW, Rules(), lambda _: False)


def test_a_member_is_one_since_the_event_that_made_it_so_and_until_the_first_is_too_old():
    """If nothing comes."""
    found = told(TWICE, days_ago(20), days_ago(5))

    assert found.is_member
    assert (found.since, found.until) == (NOW - 5 * DAY_MS, NOW + 10 * DAY_MS + 1)
    (clause,) = found.clauses
    assert (clause.holds, clause.found, len(clause.met), clause.near) == (True, 2, 2, ())
    assert clause.words == TWICE


def test_what_came_nearest_is_told_with_what_it_lacks():
    """A property, or a window."""
    found = told(TWICE, days_ago(40), days_ago(20), days_ago(5, tier="silver"))

    assert not found.is_member
    assert [(NOW - e.at, e.why) for e in found.clauses[0].near] == [
        (5 * DAY_MS, "tier is silver"),
        (40 * DAY_MS, "before the window"),
    ]
    assert found.clauses[0].found == 1


def test_who_is_excluded_by_time_enters_by_time():
    """`not` makes an end of a beginning."""
    found = told("active in 90 days, and not performed Order in 30 days", days_ago(20))

    assert (found.is_member, found.until) == (False, NOW + 10 * DAY_MS + 1)
    assert [(clause.negated, clause.holds) for clause in found.clauses] == [(False, True), (True, True)]


def test_a_late_event_counts_from_its_arrival():
    """A member since it came, not since it happened."""
    found = told(TWICE, days_ago(20), days_ago(10, came=1))

    assert found.since == NOW - DAY_MS


def test_before_an_event_came_nobody_knew_of_it():
    """`--at` asks what was known then."""
    events = [days_ago(20), days_ago(10, came=1)]
    found = explain(read_words(TWICE), events, NOW - 2 * DAY_MS, Rules(), lambda _: False)

    assert (found.is_member, found.events) == (False, 1)


def test_a_property_that_was_another_is_told():
    """With the value it had."""
    event = replace(days_ago(3), user=all_texts({"gp:plan": "free"}))
    found = told("last had gp:plan is pro in 30 days", event)

    assert found.clauses[0].near[0].why == "gp:plan was free"


def test_a_week_that_lacks_is_told():
    """The latest one."""
    found = told("performed Order in each 7 days of 28 days", days_ago(1), days_ago(20), days_ago(27))

    assert found.clauses[0].near[-1].why == "too few from here on for 7 days"


@settings(max_examples=8 * EXAMPLES)
@given(st.integers(0, 2**32))
def test_what_is_told_is_so(seed: int):
    """For any definition: a millisecond before `since` and at `until` it is the other way; in between it is not."""
    random = Random(seed)
    definition, rules = generated.definition(random), generated.rules(random)
    came = [replace(event, received=min(event.at, NOW)) for _, event in generated.history(random, people=1, events=8)]
    events = [event for event in came if event.at <= NOW or random.random() < 0.5]
    found = explain(definition, events, NOW, rules, lambda _: False)

    def is_so(moment: int) -> bool:
        return is_member(definition, [e for e in events if e.received <= moment], moment, rules, lambda _: False)

    assert found.is_member is is_so(NOW)
    if found.until is not None:
        assert is_so(found.until) is not found.is_member
        assert is_so(found.until - 1) is found.is_member
    if found.since is not None:
        assert is_so(found.since) is found.is_member
        assert is_so(random.randint(found.since, NOW)) is found.is_member
