"""Generated rehearsals: people, cohorts, memberships, faults, kills and time, as the data of a scenario file.

A rehearsal is a function of a seed and a number, and of nothing else. It is plain data in the file format, so that
whatever is found with it can be written down, shrunk and replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from scenarios.simulation.repair import Data

# What tools break on their way: leading zeros, case, white space, words that look like something else, markup.
USERS: Sequence[str] = (
    *("u1", "u2", "u3", "u4", "u5", "u6"),
    *("00042", "42", "Ada", "ada", " ada ", "null", "NaN", "1e5", "true", "=SUM(A1)", "<b>x</b>", "a,b", 'say "hi"'),
    *("two\nlines", "遠藤 真綾", "😀", "caf\u00e9", "cafe\u0301", "x" * 200),
)
NAMES: Sequence[str] = ("Power Users", 'Odd "Users" (v2)', "Käufer [neu]", "Trial: ended (2025)", "<i>Churned</i>, 😀")
POPULATIONS = 4  # seeds of generated people; more would only cost the time to make them
TARGETS = {"production": "production-write-key", "staging": "staging-write-key"}
MOST_STEPS = 12


def rehearsal(seed: int, number: int, users: int = 1_000, *, exactly: bool = False) -> Data:
    """Make the `number`-th rehearsal of a seed, with up to `users` people; `exactly` so many in the first cohort.

    Not every step of it can be taken: `repaired` makes it a scenario.
    """
    random = Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose, nothing secret
    shorts = "abc"[: random.choice((1, 1, 2, 3))]
    data: Data = {
        "scenario": f"Rehearsal {number} of seed {seed}",
        "seed": random.randrange(POPULATIONS),
        "settings": {"amplitude": {"job_seconds": random.choice((0.0, 2.5, 20.0))}},
        **({"targets": TARGETS} if random.random() < 0.2 else {}),
        "cohorts": {short: _cohort(random, users, exactly=exactly and short == "a") for short in shorts},
        "steps": [],
        "expect": {"contracts": True},
    }
    for _ in range(random.randint(2, MOST_STEPS)):
        (make,) = random.choices([make for make, _ in _STEPS], [share for _, share in _STEPS])
        step = make(random, random.choice(shorts))
        if "sync" in step and "targets" in data:
            told = step["sync"] if isinstance(step["sync"], dict) else {"cohort": step["sync"]}
            step = {"sync": {**told, "target": random.choice(tuple(TARGETS))}}
        data["steps"].append(step)
    if any("rename" in step for step in data["steps"]):
        data["expect"] = {}  # a renamed cohort has two trait keys, which the contracts over a sequence rightly report
    return data


def _cohort(random: Random, users: int, *, exactly: bool) -> Data:
    size = random.random()
    people = users if size > 0.97 else random.randint(20, max(20, users // 4)) if size > 0.8 else 0
    name, named = random.choice(NAMES), random.sample(USERS, random.randint(0, 5))
    if exactly:
        people, named = 0, [*named, *(f"user{number:06}" for number in range(users - len(named)))]
    return {
        "name": name,
        "members": named,
        "anonymous": random.choice((0, 0, 1, 3)),
        "people": people,
    }


def _sync(random: Random, short: str) -> Data:
    if random.random() < 0.25:
        return {"sync": {"cohort": short, "killed": _kill(random)}}
    return {"sync": short}


def _kill(random: Random) -> Data:
    if random.random() < 0.3:
        return {"on": random.choice(("amplitude", "segment")), "calls": random.randint(1, 6)}
    return {"boundary": random.randint(1, 70)}


def _enter(random: Random, short: str) -> Data:
    change: Data = {"cohort": short, "users": random.sample(USERS, random.randint(0, 4))}
    if random.random() < 0.2:
        change["anonymous"] = random.randint(1, 3)
    if random.random() < 0.1:
        change["people"] = random.randint(1, 40)
    return {"enter": change}


def _leave(random: Random, short: str) -> Data:
    change: Data = {"cohort": short, "users": random.sample(USERS, random.randint(1, 8))}
    if random.random() < 0.3:
        change["people"] = random.randint(1, 40)
    return {"leave": change}


def _advance(random: Random, _short: str) -> Data:
    return {"advance": random.choice(("1s", "1m", "1h", "1h", "1d", "26h"))}


def _rename(random: Random, short: str) -> Data:
    return {"rename": {"cohort": short, "to": random.choice(NAMES)}}


def _restart(_random: Random, _short: str) -> Data:
    return {"restart": "subject"}


def _fault(random: Random, _short: str) -> Data:
    on = random.choice(("amplitude", "segment", "segment"))
    fault = random.choice(_FAULTS[on])(random)
    match: Data = {"times": random.choice((1, 1, 1, 2, 3, 12))}
    if random.random() < 0.4:
        match["skip"] = random.randint(1, 4)
    if random.random() < 0.15:
        match["probability"] = 0.5
    return {"fault": {"on": on, **fault, "match": match}}


def _lift(random: Random, _short: str) -> Data:
    return {"lift": random.choice(("amplitude", "segment"))}


def _status(random: Random) -> Data:
    status = random.choice((408, 429, 429, 500, 502, 503, 504))
    wait = {"retry_after": random.choice((1, 7, 60))} if status in {429, 503} and random.random() < 0.7 else {}
    return {"fault": "status", "status": status, **wait}


def _plain(kind: str, **fields: Any) -> Callable[[Random], Data]:
    return lambda _: {"fault": kind, **fields}


def _store_first(random: Random) -> Data:
    return {"fault": "store-first", "keep": random.randint(0, 4)}


def _slow(random: Random) -> Data:
    return {"fault": "latency", "seconds": random.choice((1, 20, 45))}


_ANYWHERE: Sequence[Callable[[Random], Data]] = (
    _status,
    _status,
    _slow,
    _plain("lost-reply"),
    _plain("connection-reset"),
    _plain("truncated-body", after=5),
    _plain("html-page", status=502),
)
_FAULTS: dict[str, Sequence[Callable[[Random], Data]]] = {
    "segment": (*_ANYWHERE, _store_first, _plain("stored-twice"), _plain("lost-reply")),
    "amplitude": (
        *_ANYWHERE,
        _plain("job-fails"),
        _plain("job-hangs"),
        _plain("job-takes", seconds=90),
        _plain("stale-link"),
    ),
}
_STEPS: Sequence[tuple[Callable[[Random, str], Data], int]] = (
    (_sync, 34),
    (_enter, 16),
    (_leave, 16),
    (_advance, 12),
    (_fault, 16),
    (_lift, 2),
    (_rename, 2),
    (_restart, 2),
)
