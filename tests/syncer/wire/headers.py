"""Headers that ask for a wait, as servers, proxies and bugs write them: made by the thousand or by the million."""

from __future__ import annotations

from random import Random
from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "", "Xyz")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "Jul", "Oct", "Dec", "Foo", "13")
ZONES: Final = ("GMT", "UTC", "+0000", "-2359", "+9999", "+999999999999", "EST", "", "Z", "-1e9")
NUMBERS: Final = (
    *(
        "0",
        "1",
        "3600",
        "-1",
        "1e9",
        "1E400",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "0x10",
        "1_0",
        "٣",
        "½",
        "1.5",
        "1..5",
        ".",
        "+1",
    ),
    *("9" * 40, "9" * 400, "1." + "0" * 300, "00000000001", " 5 ", "5;", "5, 6", '"5"', "5s", "", "\x00", "\ud800"),
)


def header(random: Random) -> str:
    """Return what one header says: a number, a date, one of them with something changed."""
    kind = random.random()
    if kind < 0.3:
        text = random.choice(NUMBERS)
    elif kind < 0.5:
        text = f"{random.choice([random.uniform(-1e12, 1e12), random.randrange(10**12), random.randrange(100)])}"
    else:
        year = random.choice([random.randrange(1900, 2100), 0, 1, 9999, 10_000, 99, 2**63, 1970])
        day, clock = random.randrange(-1, 33), [random.choice([random.randrange(60), 61, -1, 99]) for _ in range(3)]
        text = f"{random.choice(DAYS)}, {day:02} {random.choice(MONTHS)} {year} {':'.join(map(str, clock))}"
        text = f"{text} {random.choice(ZONES)}"
    if kind > 0.9:
        at = random.randrange(len(text) + 1)
        text = (
            text[:at] + random.choice(["", ",", " ", "-", "\t", "(", "\\", "9" * 20]) + text[at + random.randrange(3) :]
        )
    return text


def headers(random: Random) -> dict[str, str]:
    """Return the headers of one reply that ask for a wait, and when it says it was sent."""
    made = {random.choice(["retry-after", "retry-after", "x-ratelimit-reset"]): header(random)}
    if random.random() < 0.5:
        made["date"] = header(random)
    if random.random() < 0.1:
        made["x-ratelimit-reset"] = header(random)
    return made
