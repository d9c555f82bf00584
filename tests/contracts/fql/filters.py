"""Filters and events made from a seed: whole ones, wrong ones, and what people write by mistake."""

from __future__ import annotations

from random import Random
from typing import Any

KEYS = (
    "Power Users (7abc12de)", "plan", "v2.0 (1)", "[Amplitude] X", "2024 x", "-x", "and", "null", "address.city",
    "it's", 'say "x"', "\U0001f600 x", "constructor", "length", "naïve", "",
)  # fmt: skip
NAMES = (
    "type", "event", "name", "userId", "anonymousId", "messageId", "integrations.All", "traits", "properties.total",
    "context.page.url", "context.ip", "traits.plan", "traits.address.city", "properties.items", "constructor",
    "traits.items.0", "properties.length", "traits.name.length", "traitsX.y", r"traits.\.", r"traits.\[", "an", "nul",
)  # fmt: skip
OPERATORS = ("=", "!=", "=", "!=", "<", "<=", ">", ">=", "==", "in", "contains", "!", "===", "<>", "")
VALUES = (
    "true", "false", "null", '"identify"', '"track"', "'identify'", "identify", "5", "-5", "2.5", '"5"', '"pro"', "0",
    '""', "+7", "-", "1.2.3", "5.", '"a*"', '"true"', "1e3", '"Order Completed"', '"un', "007", '"\U0001f600"', "[5]",
)  # fmt: skip
JOINS = (" and ", " or ", " AND ", " OR ", " && ", "and", ") and (", " ", ", ", "\n", "\r\n", " not ")
SENSIBLE = ("true", "false", "null", '"identify"', '"pro"', '"track"', "5", '"5"')
PATTERNS = (
    '"pro*"', '"*pro"', '"pro"', '"*r*"', '"p*o"', '"*"', '""', "'pro*'", "pro",
    '"\U0001f600*"', '"\U0001f600"', "5", "true",
)  # fmt: skip


def event(random: Random) -> dict[str, Any]:
    """Return an event, or something like one."""
    made: dict[str, Any] = {}
    for name in ("type", "event", "name", "userId", "anonymousId"):
        if random.random() < 0.6:
            made[name] = random.choice(("identify", "track", "Order Completed", "pro", "", None, 5, True, "5"))
    for name in ("traits", "properties", "context"):
        if random.random() < 0.75:
            made[name] = {
                random.choice((*KEYS, "items", "plan", "total", "v2 x")): value(random)
                for _ in range(random.randint(0, 7))
            }
        elif random.random() < 0.2:
            made[name] = random.choice((None, "text", [1, 2], 0, True))
    return made


def value(random: Random, depth: int = 0) -> Any:
    """Return a JSON value."""
    if depth < 2 and random.random() < 0.25:
        if random.random() < 0.5:
            return [value(random, depth + 1) for _ in range(random.randint(0, 3))]
        return {
            random.choice(("city", "plan", "url", "a.b", "length", "0")): value(random, depth + 1) for _ in range(2)
        }
    return random.choice(
        (
            True,
            False,
            None,
            0,
            5,
            2.5,
            -5,
            "",
            "5",
            "true",
            "pro",
            "xyzro",
            "profile",
            "\U0001f600",
            "a\U0001f600",
            "identify",
            12345678901234567890,
        )
    )


def sane(random: Random) -> str:
    """Return the text of a filter that somebody might well have written."""
    parts = []
    for _ in range(random.choice((1, 1, 2, 3))):
        name = random.choice(
            ("type", "event", "userId", "traits.plan", "properties.total", r"context.v2\\ x", "traits.items")
        )
        parts.append(
            random.choice(
                (
                    f"{name} {random.choice(('=', '!=', '!='))} {random.choice(SENSIBLE)}",
                    f"{random.choice(('', '!'))}contains({name}, {random.choice(SENSIBLE)})",
                    f"{random.choice(('', '!'))}match({name}, {random.choice(PATTERNS[:3])})",
                    f"{name} {random.choice(('<', '>', '<=', '>='))} {random.choice((5, -1, 2.5))}",
                )
            )
        )
    return "".join(part + random.choice(JOINS[:2]) for part in parts[:-1]) + parts[-1]


def expression(random: Random) -> str:
    """Return the text of a filter."""
    if random.random() < 0.5:
        return sane(random)
    if random.random() < 0.03:
        return "".join(
            random.choice("traits.and=! \"'\\()[],<>5-+\n\ré\U0001f600nul") for _ in range(random.randint(0, 12))
        )
    parts = [_condition(random) for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4)))]
    text = parts[0]
    for part in parts[1:]:
        text += random.choice(JOINS[:2] if random.random() < 0.8 else JOINS) + part
    return f"({text})" if random.random() < 0.05 else text


def _condition(random: Random) -> str:
    chance = random.random()
    if chance < 0.1:
        return f"{random.choice(('', 'not ', '!'))}({expression(random)})"
    if chance < 0.35:
        function = random.choice(("contains", "match", "!contains", "!match", "length", "! match", "lowercase"))
        comma = random.choice((", ", ",", ", ", " "))
        return f"{function}({_name(random)}{comma}{random.choice((*PATTERNS, *VALUES))})"
    space = random.choice((" ", " ", " ", ""))
    given = random.choice(VALUES)
    return f"{random.choice(('', '', '', '!'))}{_name(random)}{space}{random.choice(OPERATORS)}{space}{given}"


def _name(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(NAMES)
    key = random.choice(KEYS)
    root = random.choice(("traits", "traits", "properties", "context"))
    style = random.random()
    if style < 0.5:
        return f"{root}." + "".join(unit if unit.isalnum() and unit.isascii() else f"\\{unit}" for unit in key)
    if style < 0.6:
        return f"{root}." + "".join(f"\\{unit}" for unit in key)
    if style < 0.7:
        return f'{root}["{key}"]'
    if style < 0.8:
        return f'{root}."{key}"'
    return f"{root}.{key}"
