"""Mappings, events, fields and payloads made from a seed."""

from __future__ import annotations

from random import Random
from typing import Any

PATHS = (
    "$.traits.plan", "traits.plan", "$.traits.Power Users (7abc12de)", '$.traits["plan"]', "$.traits['v2.0']", "$.",
    "$",
    "", ".", "$.userId", "$.properties.items", "$.properties.items.0", "$.properties.items[0].sku", "$.nothing.here",
    "$.traits.[Amplitude] X", "$.traits.plan.length", "$.event", "$.traits.off.x", "$.traits", "properties.$.items",
    "$.traits.it's", "$.traits.[2024] x",
)  # fmt: skip
TEMPLATES = (
    "{{traits.plan}}",
    "a {{ event }} b",
    "{{{userId}}}",
    "{{$.userId}}",
    "{{nothing}}",
    "{{properties}}",
    "{{#if x}}y{{/if}}",
    "{{}}",
    "{{ }}",
    "{{traits.tpl}}",
    "{{traits.off}}{{traits.n}}",
    "plain",
)
SCALARS = (True, False, None, 0, 1, 5, 2.5, -1, "", "pro", "true", "5", "2026-11-01", "no", 1e21)
KEYS = (
    "plan",
    "off",
    "n",
    "v2.0",
    "it's",
    "[Amplitude] X",
    "[2024] x",
    "Power Users (7abc12de)",
    "tpl",
    "json",
    "2",
    "10",
    "a",
)


def value(random: Random, depth: int = 0) -> Any:
    """Return a JSON value."""
    if depth < 3 and random.random() < 0.35:
        if random.random() < 0.5:
            return [value(random, depth + 1) for _ in range(random.randint(0, 3))]
        return {random.choice((*KEYS, "sku", "")): value(random, depth + 1) for _ in range(random.randint(0, 3))}
    return random.choice((*SCALARS, "{{event}}", '{"a": 1}', "[1,", "PrO pro", "ÀÉß", "\U0001f600x", "NaN"))


def event(random: Random) -> dict[str, Any]:
    """Return an event."""
    made: dict[str, Any] = {"event": value(random, 3), "userId": value(random, 3)}
    made["traits"] = {random.choice(KEYS): value(random) for _ in range(random.randint(0, 8))}
    made["properties"] = {"items": value(random), "sku": value(random)}
    return {key: each for key, each in made.items() if random.random() < 0.9}


def mapping(random: Random) -> dict[str, Any]:
    """Return a mapping of a few fields, or a directive at the root."""
    if random.random() < 0.05:
        root = {"@transform": {"apply": {"x": node(random)}}} if random.random() < 0.7 else {"@if": 5}
        return {"__segment_internal_directive": root, "y": {"@path": "$.x"}, "z": node(random)}
    if random.random() < 0.1:
        return _directive(random, 0)
    return {random.choice("abcdef21"): node(random) for _ in range(random.randint(1, 3))}


def node(random: Random, depth: int = 0) -> Any:
    """Return something that may stand in a mapping."""
    chance = random.random()
    if depth > 3 or chance < 0.12:
        return random.choice(SCALARS)
    if chance < 0.17:
        return [node(random, depth + 1) for _ in range(random.randint(0, 3))]
    if chance < 0.25:
        return {random.choice(KEYS): node(random, depth + 1) for _ in range(random.randint(0, 3))}
    return _directive(random, depth + 1)


def _directive(random: Random, depth: int) -> dict[str, Any]:
    def inner() -> Any:
        return node(random, depth) if random.random() < 0.75 else {"@path": random.choice(PATHS)}

    def some(given: dict[str, Any]) -> dict[str, Any]:
        return {key: each for key, each in given.items() if random.random() < 0.93}

    text = random.choice(("pro", "o", "P", ".", "$&", "a", "ß", "\U0001f600", "true", "12345678901", "", 5, "É"))
    by = random.choice(("x", "$&$&", "$$", "$`|", "$'", "$1", "", "false", None, "01234567890"))
    kind = random.randint(0, 13)
    made: tuple[str, Any]
    if kind <= 2:
        made = "@path", random.choice(PATHS) if random.random() < 0.93 else inner()
    elif kind == 3:
        made = "@template", random.choice(TEMPLATES) if random.random() < 0.93 else inner()
    elif kind == 4:
        made = "@if", some({random.choice(("exists", "blank", "exists")): inner(), "then": inner(), "else": inner()})
    elif kind == 5:
        made = "@case", some({"operator": random.choice(("lower", "upper", "lower", "title")), "value": inner()})
    elif kind == 6:
        options = {"pattern": text, "replacement": by, "value": inner(), "ignorecase": random.choice((True, False))}
        if random.random() < 0.3:
            options |= {"pattern2": "x", "replacement2": by}
        if random.random() < 0.3:
            options["global"] = False
        made = "@replace", some(options)
    elif kind == 7:
        shape: Any = random.choice(
            ({"s": {"@path": "sku"}}, {"@path": "$.sku"}, {}, None, {"s": {"@template": "{{a}}"}})
        )
        made = "@arrayPath", [random.choice((*PATHS, inner())), shape][: random.choice((1, 2, 2))]
    elif kind == 8:
        made = "@json", some({"mode": random.choice(("encode", "decode", "ENCODE", "x")), "value": inner()})
    elif kind == 9:
        made = (
            "@flatten",
            some(
                {
                    "separator": random.choice((".", "_", "", 5)),
                    "value": inner(),
                    "omitArrays": random.choice((True, False)),
                }
            ),
        )
    elif kind == 10:
        made = (
            "@merge",
            some(
                {
                    "direction": random.choice(("left", "right", "up")),
                    "objects": [inner() for _ in range(random.randint(0, 3))],
                }
            ),
        )
    elif kind == 11:
        made = (
            "@transform",
            some(
                {
                    "apply": {"x": inner(), "traits": {"@path": "$.traits"}},
                    "mapping": {"v": {"@path": "$.x"}, "w": inner()},
                }
            ),
        )
    elif kind == 12:
        made = random.choice(("@excludeWhenNull", "@literal")), inner()
    else:
        made = random.choice(("@nope", "@Path")), inner()
    directive = {made[0]: made[1]}
    if random.random() < 0.03:
        directive[random.choice(("_metadata", "other", "@path"))] = "x"
    return directive


def fields(random: Random, depth: int = 0) -> dict[str, Any]:
    """Return the fields of an action, as the package declares them."""
    made = {}
    for name in random.sample("abcdef", random.randint(1, 5)):
        kind = random.choice(("string", "number", "integer", "boolean", "datetime", "object", "text"))
        one: dict[str, Any] = {"label": f"Field {name}", "type": kind, "description": "d"}
        if random.random() < 0.2:
            one["required"] = True
        if random.random() < 0.2:
            one["multiple"] = True
        if random.random() < 0.2 and not one.get("multiple"):
            one["allowNull"] = True
        if kind == "object" and depth == 0 and random.random() < 0.7:
            one["properties"] = fields(random, 1)
            one["additionalProperties"] = random.choice((True, False))
        if kind == "string" and random.random() < 0.2:
            one["choices"] = ["pro", {"label": "No", "value": "no"}]
        made[name] = one
    return made


def payload(random: Random, of: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Return what a mapping may have made for some fields."""
    made = {}
    for name, one in of.items():
        if random.random() < 0.85:
            if one.get("properties") and random.random() < 0.7:
                inner = payload(random, one["properties"], depth + 1)
                made[name] = [inner, value(random)] if one.get("multiple") and random.random() < 0.6 else inner
            else:
                made[name] = [value(random, 2)] if random.random() < 0.2 else value(random, 1)
    if random.random() < 0.3:
        made["unknown"] = value(random)
    return made
