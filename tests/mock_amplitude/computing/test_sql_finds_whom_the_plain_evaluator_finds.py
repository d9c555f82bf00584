"""The quick way and the plain one agree on every definition: in each zone, with both kinds of window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from random import Random, getrandbits

import pytest

from contracts.definitions import Definition, Event, Rules, in_words, members
from mock_amplitude.computing import EventTable
from tests.contracts.definitions import generated
from tests.generating import EXAMPLES

DEFINITIONS = min(20 * EXAMPLES, 5_000)
AT_ONCE = 20  # definitions asked of one history
ZONES = ("UTC", "America/Los_Angeles", "Asia/Kolkata")


def histories(events: list[tuple[int, Event]]) -> dict[int, list[Event]]:
    """Return each person's events."""
    found: dict[int, list[Event]] = defaultdict(list)
    for who, event in events:
        found[who].append(event)
    return found


def cases(random: Random, zone: str, rolling: str) -> Iterator[tuple[Definition, Rules, int]]:
    """Yield definitions, each with a way of computing and a moment."""
    for _ in range(AT_ONCE):
        now = generated.NOW - random.choice((0, 0, 7, 3 * generated.DAY + 5))
        yield generated.definition(random), generated.rules(random, zone, rolling), now


@pytest.mark.parametrize("rolling", ["exact", "calendar"])
@pytest.mark.parametrize("zone", ZONES)
def test_every_definition_has_the_same_members(zone: str, rolling: str):
    """A soak asks five thousand definitions in each zone, and with windows of each kind."""
    for _ in range(DEFINITIONS // AT_ONCE):
        seed = getrandbits(64)
        random = Random(seed)
        events = generated.history(random)
        known = histories(events)
        cohorts = {each: {(1 << 40) + random.randrange(15) for _ in range(5)} for each in generated.COHORTS}
        with closing(EventTable(properties=random.choice((None, None, "JSON")))) as table:
            table.append(events)
            for cohort_id, who in cohorts.items():
                table.put_members(cohort_id, who)
            for definition, rules, now in cases(random, zone, rolling):
                expected = members(definition, known, now, rules, cohorts.__getitem__)

                assert table.members(definition, now, rules) == expected, (
                    f"{in_words(definition, zone)}\n{rules}\n{seed}"
                )


def test_who_is_asked_again_is_enough():
    """After more events, late ones among them, and after time: as if everybody were asked again."""
    for _ in range(max(3, DEFINITIONS // 10)):
        seed = getrandbits(64)
        random = Random(seed)
        events = generated.history(random, people=60, events=150)
        definition, rules = generated.definition(random), generated.rules(random)
        now, known = generated.NOW, histories(events[:140])
        with closing(EventTable()) as table:
            table.append(events[:140])
            table.compute("it", definition, now, rules)
            for each in events[140:]:
                later = now + random.choice((0, 0, 60_000, 3_600_000, generated.DAY))
                table.append([each])
                known[each[0]].append(each[1])
                table.compute("it", definition, later, rules)
                now = later
                expected = members(definition, known, now, rules, lambda _: ())

                assert table.computed("it") == expected, f"{in_words(definition)}\n{rules}\n{seed}"
