"""When each kind of clause holds, asked of a few events by the plain evaluator (amplitude facts 2.4, loop facts 5)."""

from __future__ import annotations

import pytest

from contracts.definitions import Event, Rules, is_member, members, read_words
from contracts.definitions.values import all_texts
from contracts.definitions.windows import DAY_MS
from tests.contracts.definitions.generated import NOW

RULES = Rules(inactive=frozenset({"heartbeat"}), custom={"ce:bought": ("Order", "Renewal")})


def days_ago(
    days: float, name: str = "Order", seq: int = 0, user: dict[str, object] | None = None, **held: object
) -> Event:
    """Return an event."""
    return Event(seq, NOW - round(days * DAY_MS), name, all_texts(held), all_texts(user or {}))


def holds(said: str, *events: Event, rules: Rules = RULES) -> bool:
    """Say whether somebody with these events is a member."""
    numbered = [Event(seq, e.at, e.type, e.properties, e.user) for seq, e in enumerate(events)]
    return is_member(read_words(said), numbered, NOW, rules, lambda cohort: cohort == "vip")


PRO, FREE = {"gp:plan": "pro"}, {"gp:plan": "free"}
CASES = [
    ("performed Order at least 2 times in 30 days", [days_ago(1), days_ago(30)], True),
    ("performed Order at least 2 times in 30 days", [days_ago(1), days_ago(30.0001)], False),
    ("performed Order at most 2 times in 30 days", [], False),
    ("performed Order at most 2 times in 30 days", [days_ago(40)], False),
    ("performed Order not exactly 1 time in 30 days", [days_ago(1)], False),
    ("not performed Order in 30 days", [days_ago(1, "Search")], True),
    ("not performed Order in 30 days", [], False),
    ("performed Order in 30 days where tier is gold", [days_ago(1, tier="gold")], True),
    ("performed Order in 30 days where tier is gold", [days_ago(1, tier=["silver", "gold"])], True),
    ("performed Order in 30 days where tier is not gold", [days_ago(1, tier=["silver", "gold"])], False),
    ("performed Order in 30 days where tier is not gold", [days_ago(1)], True),
    ("performed Order in 30 days where tier is unset", [days_ago(1, tier=None)], True),
    ("performed Order in 30 days where tier set is (gold, silver)", [days_ago(1, tier=["silver", "gold"])], True),
    ("performed Order in 30 days where amount at least 10", [days_ago(1, amount=10.0)], True),
    ("performed Order in 30 days where amount at least 10", [days_ago(1, amount="ten")], False),
    ("performed Order in 30 days where amount less than 10", [days_ago(1)], False),
    ("performed Order in 30 days where paid is true", [days_ago(1, paid=True)], True),
    ("performed Order where user gp:plan is pro", [days_ago(1, user=PRO)], True),
    ("performed ce:bought at least 2 times", [days_ago(1), days_ago(2, "Renewal")], True),
    ("performed _active", [days_ago(1, "heartbeat")], False),
    ("performed _all", [days_ago(1, "heartbeat")], True),
    ("performed Order with sum of amount at least 10", [days_ago(1, amount=4), days_ago(2, amount="6")], True),
    ("performed Order with sum of amount at most 10", [days_ago(1)], False),
    ("performed Order with different values of sku at least 2", [days_ago(1, sku="a"), days_ago(2, sku="a")], False),
    ("performed Order with different values of sku at least 2", [days_ago(1, sku="a"), days_ago(2, sku="b")], True),
    ("performed Order more often than Search", [days_ago(1), days_ago(2, "Search")], False),
    ("performed Order more often than Search", [days_ago(1)], True),
    ("performed Order as 2nd to 3rd ever in 7 days", [days_ago(20), days_ago(1)], True),
    ("performed Order as 2nd to 3rd ever in 7 days", [days_ago(1)], False),
    ("performed Order on at least 2 days", [days_ago(1), days_ago(1.001)], False),
    ("performed Order on at least 2 days", [days_ago(1), days_ago(2)], True),
    ("new in 30 days", [days_ago(29, "heartbeat")], True),
    ("new in 30 days", [days_ago(31), days_ago(1)], False),
    ("active in 30 days", [days_ago(1, "heartbeat")], False),
    ("ever had gp:plan is pro in 30 days", [days_ago(20, user=PRO), days_ago(1, user=FREE)], True),
    ("last had gp:plan is pro in 30 days", [days_ago(20, user=PRO), days_ago(1, user=FREE)], False),
    ("last had gp:plan is pro in 30 days", [days_ago(20, user=PRO), days_ago(1, "heartbeat", user=FREE)], True),
    ("last had gp:plan is unset in 30 days", [days_ago(1)], True),
    ("last had gp:spent less than 5 in 30 days", [days_ago(1)], True),
    ("ever had gp:spent less than 5 in 30 days", [days_ago(1)], False),
    ("did _active 14 to 15 days after _new in 30 days", [days_ago(20), days_ago(6)], True),
    ("did _active 14 to 15 days after _new in 30 days", [days_ago(20), days_ago(5)], False),
    ("did no _active 14 to 15 days after _new in 30 days", [days_ago(20), days_ago(5)], True),
    ("did no _active 14 to 15 days after _new in 30 days", [days_ago(40)], False),
    ("performed _active in each 7 days of 28 days", [days_ago(day) for day in (1, 8, 15, 22)], True),
    ("performed _active in each 7 days of 28 days", [days_ago(day) for day in (1, 8, 22)], False),
    ("performed Search then Order in 30 days", [days_ago(2, "Search"), days_ago(1)], True),
    ("performed Search then Order in 30 days", [days_ago(1, "Search"), days_ago(2)], False),
    ("performed Search then Order in 30 days", [days_ago(1, "Search"), days_ago(1)], False),
    ("in cohort vip", [], True),
    ("in cohort other", [days_ago(1)], False),
    ("(performed Order in 7 days or performed Search in 7 days)", [days_ago(1, "Search")], True),
    ("performed Order in 7 days, and performed Search in 7 days", [days_ago(1, "Search")], False),
    ("performed Order in 7 days; or performed Search in 7 days", [days_ago(1, "Search")], True),
    ("performed Order in 7 days, and not performed Search in 7 days", [days_ago(1), days_ago(1, "Search")], False),
    ("performed Order in 7 days", [days_ago(-1)], False),
    ("performed Order", [days_ago(-1)], False),
]


@pytest.mark.parametrize(("said", "events", "expected"), CASES)
def test_a_clause_holds(said: str, events: list[Event], expected: bool):
    """By the rules of the facts, each choice at its default."""
    assert holds(said, *events) is expected


def test_what_is_excluded_beats_what_is_included():
    """And nobody without an event is in what is negated (loop facts 5)."""
    said = read_words("not in cohort vip")

    assert members(said, {1: [days_ago(1)], 2: [days_ago(1)]}, NOW, RULES, lambda _: {2, 3}) == {1}


TEMPLATES = {
    "performed _active in 30 days": [days_ago(30)],
    "new in 30 days": [days_ago(29)],
    "did _active 14 to 15 days after _new in 45 days": [days_ago(40), days_ago(25.5)],
    "performed _active in each 7 days of 28 days": [days_ago(day) for day in (0, 7.5, 14.5, 27.9)],
    "performed _active at least 3 times in 7 days": [days_ago(1), days_ago(2), days_ago(7)],
    "new in 8 days, and active in 8 days, and not active in 7 days": [days_ago(7.5)],
}


@pytest.mark.parametrize("said", TEMPLATES)
def test_the_six_templates_of_a_project_are_met(said: str):
    """By those they are for, and by nobody whose events lie a year back (loop facts 5 [obs])."""
    events = TEMPLATES[said]

    assert holds(said, *events)
    assert not holds(said, *[Event(e.seq, e.at - 365 * DAY_MS, e.type, e.properties, e.user) for e in events])
