"""A row in words, for one trait and value: for tables, cards and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import orjson

from downstream.table.row import Row
from downstream.table.rules import Unmeasured, as_text

_BY: Final = {
    "preset": "on by preset",
    "added": "to be added",
    "absent": "no code here",
    "none": "not for identify",
}


def by_words(row: Row) -> str:
    """Say whether an identify sets anything off."""
    return _BY[row.by]


def arrival_words(row: Row) -> str:
    """Say whether the trait gets there."""
    if not row.acts:
        return "-"
    if row.arrives:
        return "arrives" if not row.needs and not row.fill else "with help"
    return "is not sent" if row.arrives is False else "nothing is sent"


def key_words(row: Row, trait: str) -> str:
    """Say where the trait lands."""
    if not row.arrives:
        return "-"
    try:
        return row.where(trait)
    except Unmeasured as error:
        return f"unknown: {error}"


def value_words(row: Row, value: Any) -> str:
    """Say as which value it arrives."""
    if not row.arrives:
        return "-"
    try:
        found = row.value(value)
    except Unmeasured as error:
        rule = row.landing.values.get("null" if value is None else "", "") if row.landing else ""
        return {"absent": "left out", "unsent": "no request"}.get(rule, f"unknown: {error}")
    told = orjson.dumps(found).decode()
    return f"the text {told}" if row.retypes and isinstance(found, str) and not isinstance(value, str) else told


def need_words(row: Row) -> str:
    """Say what else the event needs, or the mapping."""
    parts = [*row.needs, *(f"the field {name}" for name in row.fill)]
    if row.wants_audience and not row.arrives:
        parts.append("Segment's audience context")
    return ", ".join(parts) or ("-" if not row.plain or row.arrives is not None else "more than an identify has")


def as_json(row: Row, trait: str, value: Any) -> dict[str, Any]:
    """Return a row for one trait and value as JSON-ready values."""
    told: dict[str, Any] = {
        "slug": row.slug,
        "name": row.name,
        "by": row.by,
        "actions": list(row.actions),
        "action": row.action or None,
        "subscribe": row.subscribe or None,
        "arrives": row.arrives,
        "needs": list(row.needs),
        "fill": dict(row.fill),
        "wants_audience_context": row.wants_audience,
        "hidden_by_context_traits": row.hidden_by_context_traits,
        "plain_event": row.plain and asdict(row.plain),
        "batch": row.batch,
        "where": None,
        "key": None,
        "value": None,
        "request": None,
        "unmeasured": None,
    }
    try:
        if row.arrives:
            told |= {"where": row.where(trait), "key": row.key(trait)}
        request = row.sent(trait, value)
        if row.arrives:
            told["value"] = row.value(value)
    except Unmeasured as error:
        return told | {"unmeasured": str(error)}
    if request is not None:
        body = request.body.decode()
        told["request"] = {"method": request.method, "url": request.url, "headers": dict(request.headers), "body": body}
    return told


def card(row: Row, trait: str, value: Any) -> Iterator[str]:
    """Yield everything about one destination, line by line."""
    yield f"{row.name} ({row.slug})"
    yield ""
    yield f"  set off      {_set_off(row)}"
    if not row.acts:
        return
    yield f"  plain event  {_plain(row)}"
    yield f"  the trait    {_trait(row, trait, value)}"
    if row.needs or row.fill or row.wants_audience:
        yield f"  it needs     {need_words(row)}"
    yield from (f"               {name}: {label}" for name, label in row.fill.items() if name != label)
    if row.hidden_by_context_traits:
        yield "  beware       context.traits, where the event has any, are read instead of traits: the trait is lost"
    if not row.names_user:
        yield "  beware       the user's id is not in the request"
    if row.batch is not None:
        state = {True: "on", False: "off", None: "always"}[row.batch["default"]]
        size = f", up to {row.batch['size']:,} events" if row.batch["size"] else ""
        yield f"  batches      {state} by default{size}"
    yield from _request(row, trait, value)


def _set_off(row: Row) -> str:
    if row.by == "none":
        return "by no identify: neither a preset nor an action's own condition is met by one"
    if row.by == "absent":
        return f"only by {', '.join(row.actions)}, which the package has no code for: nothing happens"
    others = [each for each in row.actions if each != row.action]
    more = f"; also {', '.join(others)}" if others else ""
    how = "on by preset" if row.by == "preset" else "an action that has to be added"
    return f"{row.action} ({row.subscribe}), {how}{more}"


def _plain(row: Row) -> str:
    if row.is_silent:
        return "neither fails nor sends anything"
    if row.plain is None:
        return "is sent"
    status = f" {row.plain.status}" if row.plain.status else ""
    return f"fails, {row.plain.reason}{status}: {row.plain.message}"


def _trait(row: Row, trait: str, value: Any) -> str:
    if not row.arrives:
        return "is not in what is sent" if row.arrives is False else "nothing is ever sent for such an identify"
    others = f", and {row.landing.others} more" if row.landing and row.landing.others else ""
    return f"arrives as {key_words(row, trait)}, {as_text(value)} as {value_words(row, value)}{others}"


def _request(row: Row, trait: str, value: Any) -> Iterator[str]:
    try:
        request = row.sent(trait, value)
    except Unmeasured as error:
        yield f"  request      unknown for this trait: {error}"
        return
    if request is None:
        return
    needed = f" (the event has {', '.join(row.needs)} besides)" if row.needs else ""
    yield ""
    yield f"  {request.method} {request.url}{needed}"
    yield from (f"  {name}: {each}" for name, each in request.headers.items())
    yield ""
    yield from (f"  {line}" for line in request.body.decode().splitlines())
