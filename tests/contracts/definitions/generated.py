"""Definitions and histories at random: of every kind there is, and so small that clauses meet."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from contracts.definitions import Event, Rules, model
from contracts.definitions.model import (
    Clause,
    Count,
    Definition,
    Different,
    Doing,
    Element,
    Filter,
    Held,
    InCohort,
    InEach,
    Measure,
    MoreThan,
    NewOrActive,
    Nth,
    Performed,
    Returned,
    Sequence,
    Spread,
    Total,
    Window,
)
from contracts.definitions.values import all_texts

DAY: Final = 86_400_000
NOW: Final = 1_795_953_600_000  # 2026-11-29T12:00:00Z: four weeks after clocks changed in Los Angeles
ZONES: Final = ("UTC", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "America/Sao_Paulo")
NAMES: Final = ("Order", "Search", "Refund Requested", "heartbeat", "x")
COHORTS: Final = ("7abc12de", "other")
VALUES: Final = ("gold", "silver", "", "10", "9.5", "-3", "1e2", "true", "(none)", "go", "a,b", 'say "x"', "é", " 10")
ANY_VALUE: Final[tuple[Any, ...]] = (
    *VALUES,
    *(None, True, False, 10, 9.5, 9.0, -3, 100, [], ["gold"], ["gold", "silver"], ["10", 3], [None, "", "go"]),
    *({"a": 1}, [["x"]], 1e300, 12345678901234567890),
)
PROPERTIES: Final = ("tier", "Tier", "amount", 'odd "name"', "a.b/c~d")
USER: Final = ("gp:plan", "gp:tags", "country")


def rules(random: Random, zone: str | None = None, rolling: str | None = None) -> Rules:
    """Return some way of computing."""
    return Rules(
        zone or random.choice(ZONES),
        rolling or random.choice(("exact", "calendar")),
        random.choice(("counts", "more")),
        random.choice(("left-out", "calendar-only")),
        random.choice(("monday", "sunday")),
        frozenset(random.choice(((), ("heartbeat",), ("heartbeat", "x")))),
        {"ce:bought": ("Order", "x"), "ce:none": ()},
    )


def definition(random: Random) -> Definition:
    """Return a definition of up to two groups."""
    return Definition(tuple(_group(random) for _ in range(random.choice((1, 1, 1, 2)))))


def history(random: Random, people: int = 12, events: int = 60) -> list[tuple[int, Event]]:
    """Return events of some people, each with whose it is; some at the very edges of windows, some still to come."""
    made = []
    for seq in range(events):
        at = NOW - random.choice(
            (
                random.randrange(40 * DAY),
                random.randrange(400 * DAY),
                random.randrange(60) * DAY + random.choice((-1, 0, 0, 1)),
                -random.randrange(2 * DAY),
                random.randrange(60) * 3_600_000,
            )
        )
        user = {name: random.choice(ANY_VALUE) for name in USER if random.random() < 0.5}
        held = {name: random.choice(ANY_VALUE) for name in PROPERTIES if random.random() < 0.5}
        event = Event(seq, at, random.choice((*NAMES, "ce:bought")), all_texts(held), all_texts(user))
        made.append((random.randrange(people) + (1 << 40), event))
    return made


def _group(random: Random) -> tuple[Element, ...]:
    return tuple(_element(random) for _ in range(random.choice((1, 1, 2, 3))))


def _element(random: Random) -> Element:
    return Element(tuple(_clause(random) for _ in range(random.choice((1, 1, 1, 2)))), random.random() < 0.3)


def _clause(random: Random) -> Clause:
    some = window(random)
    match random.randrange(10):
        case 0 | 1 | 2 | 3:
            return Performed(_doing(random), *_count(random), some, _measure(random))
        case 4:
            on = random.choice((model.ACTIVE, model.ACTIVE, "Order", model.ANY, model.NEW))
            return Held(_demand(random, random.choice(USER), "user"), random.random() < 0.5, on, some)
        case 5:
            return NewOrActive(random.random() < 0.6, some)
        case 6:
            first = random.randrange(15)
            start = Doing(model.NEW) if random.random() < 0.4 else _doing(random)
            return Returned(start, _doing(random), first, first + random.randint(1, 9), random.random() < 0.6, some)
        case 7:
            days = Window(
                model.ROLLING,
                value=random.choice((7, 28, 30)),
                offset=random.choice((0, 0, 3)),
                interval=random.choice((model.DAY, model.DAY, model.WEEK, model.MONTH)),
                full=random.random() < 0.3,
            )
            return InEach(_doing(random), random.choice((1, 2, 7)), *_count(random), days)
        case 8:
            return InCohort(random.choice(COHORTS))
        case _:
            return Sequence(tuple(_doing(random) for _ in range(random.randint(2, 3))), some)


def _doing(random: Random) -> Doing:
    event = random.choice((*NAMES, model.ACTIVE, model.ANY, model.NEW, "ce:bought", "ce:none"))
    return Doing(event, tuple(_filter(random) for _ in range(random.choice((0, 0, 0, 1, 2)))))


def _filter(random: Random) -> Filter:
    if random.random() < 0.3:
        return _demand(random, random.choice(USER), "user")
    return _demand(random, random.choice(PROPERTIES), "event")


def _demand(random: Random, name: str, of: Any) -> Filter:
    operator = random.choice(model.OPERATORS)
    known = ("10", "9.5", "0", "-3", "100") if operator in model.COMPARISONS else VALUES
    return Filter(name, operator, tuple(random.choice(known) for _ in range(random.choice((1, 1, 2)))), of)


def _count(random: Random) -> tuple[str, float]:
    return random.choice(model.COUNTS), random.choice((0, 1, 1, 1, 2, 3, 2.5))


def _measure(random: Random) -> Measure:
    match random.randrange(12):
        case 0:
            return Total("amount")
        case 1:
            return Different(random.choice(PROPERTIES))
        case 2:
            return MoreThan(_doing(random))
        case 3:
            first = random.randint(1, 3)
            return Nth(first, first + random.randrange(3))
        case 4:
            return Spread(random.choice(model.INTERVALS))
    return Count()


def window(random: Random) -> Window:
    offset = random.choice((0, 0, 0, 1, 8))
    match random.randrange(6):
        case 0:
            return Window(model.SINCE, start=_second(random), offset=offset)
        case 1:
            start = _second(random)
            return Window(model.ABSOLUTE, start=start, end=start + random.randrange(40 * 86_400), offset=offset)
        case 2:
            return Window(offset=offset)
    interval = random.choice((model.DAY, model.DAY, model.DAY, *model.INTERVALS))
    full = random.random() < 0.3
    return Window(model.ROLLING, value=random.choice((1, 2, 7, 30)), offset=offset, interval=interval, full=full)


def _second(random: Random) -> int:
    """Return a moment of late: any, or the midnight of some zone."""
    at = NOW // 1000 - random.randrange(60 * 86_400)
    return at if random.random() < 0.5 else at // 1800 * 1800
