"""Where a trait lands in what a destination sends, and the rules for its name and value, from many of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from downstream.destination import Request, Sent
from downstream.measuring.events import identify
from downstream.node import NodeDestination, plausible
from downstream.table import (
    KEY_RULES,
    MEASURED_VALUES,
    PLACEHOLDER,
    Landing,
    Steps,
    at,
    layer_of,
    paths_of,
    taken_apart,
    value_rule,
)

MARK: Final = "7abc12de"
"""What of the placeholder's name stays in it, however it is written: the cohort's id."""

ODD_KEYS: Final = (
    "[Amplitude] Power Users (7abc12de)",
    "v2.0 it's (a1)",
    'Say "hi" \\ there (b2)',
    "2024 Käufer: 日本 \U0001f389 (c3)",
    "$set.a/b~c_d-e=f&g%20 (d4)",
    " leading and trailing ",
    "lower UPPER snake_case_bool",
    "x" * 300,
)
"""Names that a rule has to hold for before it is one."""

_BESIDE: Final = ("sts.", "api.segment.io/v1/track")
"""Calls that a destination makes beside the vendor's: for credentials, and to tell Segment."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A call of a destination: the one with the trait, and the path to it, or else its last, without one."""

    request: Request
    path: Steps | None
    is_name: bool = False
    others: int = 0


def carried(sent: Sent) -> Carried | None:
    """Return the call that carries the trait, or the last one; None where none was made."""
    calls = [each.request for each in sent.exchanges if not any(part in each.request.url for part in _BESIDE)]
    found: list[Carried] = []
    for request in calls:
        document = document_of(request)
        found += [Carried(request, path, is_name) for path, is_name in paths_of(document, MARK)]
        if document is None and MARK in request.body.decode("utf-8", "replace").lower() + request.url.lower():
            found.append(Carried(request, (), is_name=False))
    if found:
        first = next((each for each in found if each.is_name), found[0])
        return Carried(first.request, first.path, first.is_name, len(found) - 1)
    return Carried(calls[-1], None) if calls else None


def document_of(request: Request) -> Any:
    """Return a request's body taken apart; None where it is plain text."""
    text = request.body.decode("utf-8", "replace")
    layer = layer_of(text, request.headers.get("content-type", ""), request.url)
    return taken_apart(layer, text) if layer else None


def landing(destination: NodeDestination, needs: Sequence[str], found: Carried | None) -> Landing | None:
    """Return where the trait lands and by which rules; None where it does not."""
    if found is None or found.path is None:
        return None
    if not found.is_name:
        return Landing(found.path, None, {}, found.others)
    events = [
        *(identify(PLACEHOLDER, value, needs) for value in MEASURED_VALUES.values()),
        *(identify(key, True, needs) for key in ODD_KEYS),
    ]
    parents = [_parent(sent, found) for sent in destination.send_many(events, plausible)]
    name = str(found.path[-1])
    values = {
        kind: value_rule(name, sent, parent)
        for (kind, sent), parent in zip(MEASURED_VALUES.items(), parents, strict=False)
    }
    by_key = list(zip(ODD_KEYS, parents[len(MEASURED_VALUES) :], strict=True))
    rule = next(
        (
            rule
            for rule, rename in KEY_RULES.items()
            if rename(PLACEHOLDER) == name and all(rename(key) in (parent or ()) for key, parent in by_key)
        ),
        None,
    )
    return Landing(found.path, rule, values, found.others)


def _parent(sent: Sent, found: Carried) -> dict[str, Any] | None:
    """Return what the trait's name stands in, in the call to the same address; None where that was not made."""
    assert found.path is not None
    for each in sent.exchanges:
        same = (each.request.method, _address(each.request.url)) == (found.request.method, _address(found.request.url))
        if not same:
            continue
        try:
            parent = at(document_of(each.request), found.path[:-1])
        except (LookupError, TypeError):
            continue
        if isinstance(parent, dict):
            return parent
    return None


def _address(url: str) -> str:
    """Return an address as far as it is the same each time: file names with a moment in them are not."""
    return url.partition("?")[0].rpartition("/")[0]
