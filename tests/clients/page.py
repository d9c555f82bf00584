"""The tables of docs/clients.md, written from what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mock_core.control.reference import table
from tests.clients.known import CLIENTS
from tests.clients.trial import COUNT, DEADLINE, LEAVES

MEASURED = Path(__file__).parent / "measured.json"
ALL = COUNT + LEAVES
Outcome = Mapping[str, Any]


def tables() -> dict[str, str]:
    """Return the tables by their names on the page."""
    measured: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return {"wire": table(_WIRE, _wire(measured)), "trouble": table(_TROUBLE, _trouble(measured))}


_WIRE = (
    "client",
    "from",
    "pointed at the lab by",
    "posts to",
    "credentials",
    "body",
    "batches",
    "a `userId` of 42",
    "`context.library`",
)
_TROUBLE = (
    "client", "429, Retry-After: 2", "500, 500", "a lost reply", "a reset", "500 for good", "400", "a web page with 200"
)  # fmt: skip


_NUMBERS = {
    "text": 'sent as `"42"`',
    "number": "sent as it is: **discarded**",
    "refused": "refused",
    "lost": "**not sent, and nothing said so**",
}


def _wire(measured: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for client in CLIENTS:
        if client.name in measured:
            wire = measured[client.name]["situations"]["well"]["wire"]
            yield (
                f"{client.name} {measured[client.name]['version']}",
                client.registry,
                client.point,
                f"`{wire['path']}`",
                wire["authorization"].removesuffix(" ..."),
                wire["encoding"],
                ", ".join(map(str, wire["batches"])),
                _NUMBERS[measured[client.name]["number"]],
                f"{wire['library']} {wire['library_version']}",
            )


def _trouble(measured: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for client in CLIENTS:
        if client.name in measured:
            seen = measured[client.name]["situations"]
            told = [_again(seen[each]) for each in ("429", "500, 500", "lost reply", "reset")]
            yield (client.name, *told, *(_end(seen[each]) for each in ("outage", "400", "page")))


def _again(outcome: Outcome) -> str:
    """Say when the call that was struck came again, and what all of it came to."""
    waits = ", ".join(f"{wait:.1f}" for wait in outcome["waits"])
    came = f"again after {waits} s" if waits else "not again"
    twice = f", {_number(outcome['duplicates'], 'duplicate')}" if outcome["duplicates"] else ""
    return f"{came}{twice}; {_fate(outcome)}"


def _end(outcome: Outcome) -> str:
    """Say how a client ends when nothing it does helps."""
    tries = "1 try" if outcome["tries"] == 1 else f"{outcome['tries']} tries"
    within = f" in {sum(outcome['waits']):.1f} s" if outcome["waits"] else ""
    if outcome["exit"] is None:
        return f"{tries}{within}, still at it after {DEADLINE:.0f} s"
    return f"{tries}{within}; {_fate(outcome)}"


def _fate(outcome: Outcome) -> str:
    lost = ALL - outcome["delivered"]
    if not lost:
        wrong = COUNT - outcome["right"]
        return f"all there, {_number(wrong, 'profile')} wrong" if wrong else "all there"
    ended = outcome["exit"]
    if ended is None:
        return f"{lost} lost, ended after {DEADLINE:.0f} s"
    if ended:
        return f"{lost} lost, the program ends with {ended}"
    return f"{lost} lost, told" if outcome["errors"] else f"**{lost} lost, and nothing said so**"


def _number(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else f'{what}s'}"
