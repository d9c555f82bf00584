"""A trial: one client in one situation, and what became of its events."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from scenarios.bench import Attempt, attempts
from scenarios.lab import WRITE_KEY, Lab
from tests.clients.installing import command
from tests.clients.known import Client

COUNT, LEAVES = 60, 10
DEADLINE = 75.0  # seconds a client may take; some try an outage for longer
TRAIT = "Power Users (7abc12de)"

SITUATIONS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "well": (),
    "429": ({"fault": "status", "status": 429, "retry_after": 2},),
    "500, 500": ({"fault": "script", "statuses": [500, 500]},),
    "lost reply": ({"fault": "lost-reply"},),
    "reset": ({"fault": "connection-reset"},),
    "outage": ({"fault": "status", "status": 500, "match": {"times": None}},),
    "400": ({"fault": "status", "status": 400, "match": {"times": None}},),
    "page": ({"fault": "html-page", "match": {"times": None}},),
}
"""Situations by name: the faults that the lab is armed with before the client starts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one trial showed.

    `right` profiles of `COUNT` ended as the program meant; `delivered` different events of all it was told to send,
    with `duplicates` beside them; the call struck first was tried `tries` times with these `waits` between, in seconds;
    `exit` is None when the deadline ended the program, `errors` what the client told it of.
    """

    right: int
    delivered: int
    duplicates: int
    discarded: int
    tries: int
    waits: tuple[float, ...]
    exit: int | None
    errors: int | None
    wire: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def attempt(client: Client, situation: str) -> Outcome:
    """Run a client in a situation, with a lab of its own on loopback; raise `NotInstalled`."""
    with Lab() as lab:
        for fault in SITUATIONS[situation]:
            lab.segment.workspace.arm(fault)
        ended, told = _driven(client, lab, COUNT, LEAVES)
        return _outcome(lab, ended, told)


def number_becomes(client: Client) -> str:
    """Say what becomes of a userId that is a number: "text", "number", "refused" or "lost"; raise `NotInstalled`."""
    with Lab() as lab:
        ended, told = _driven(client, lab, 0, 0)
        sent = [event.get("userId") for each in attempts(lab.segment) for event in each.events]
    if not sent:
        return "refused" if ended or told else "lost"
    return "text" if isinstance(sent[0], str) else "number"


def _driven(client: Client, lab: Lab, count: int, leaves: int) -> tuple[int | None, int | None]:
    """Run a client's driver against a lab; return its status, None at the deadline, and the errors it was told of."""
    driver, environment, folder = command(client)
    with lab.serve() as address:
        words = [*driver, address.segment, WRITE_KEY, str(count), str(leaves)]
        try:
            done = subprocess.run(
                words,
                cwd=folder,
                env=os.environ | environment,
                capture_output=True,
                text=True,
                timeout=DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None, None
    return done.returncode, _errors(done.stdout)


def _errors(output: str) -> int | None:
    """Return how many errors the client told its program of, None when the program did not come to say so."""
    try:
        return int(json.loads(output.strip().splitlines()[-1])["errors"])
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _outcome(lab: Lab, ended: int | None, told: int | None) -> Outcome:
    verdicts: Counter[str] = Counter()
    for (_, _, verdict, _), events in lab.segment.tally().items():
        verdicts[verdict] += events
    profiles = lab.segment.profiles()
    right = sum(
        profiles[user].traits.get(TRAIT) is (number >= LEAVES)
        for number in range(COUNT)
        if (user := f"u{number}") in profiles
    )
    made = list(attempts(lab.segment))
    struck = [each for each in made if made and _first(each) == _first(made[0])]
    return Outcome(
        right=right,
        delivered=verdicts["delivered"],
        duplicates=verdicts["duplicate"],
        discarded=verdicts["discarded"],
        tries=len(struck),
        waits=tuple(round((b.at - a.at) / 1000, 2) for a, b in pairwise(struck)),
        exit=ended,
        errors=told,
        wire=_wire(lab, made),
    )


def _first(attempt: Attempt) -> object:
    return attempt.events[0].get("messageId") if attempt.events else None


def _wire(lab: Lab, made: list[Attempt]) -> dict[str, Any]:
    """Return what the uploads looked like: path, credentials, sizes of batches, and who says to have made them."""
    if not made:
        return {}
    entry = next(iter(lab.segment.workspace.journal.walk(made[0].entry - 1)))
    headers, events = entry.data["headers"], [event for each in made for event in each.events]
    library = (events[0].get("context") or {}).get("library") or {} if events else {}
    return {
        "path": entry.data["path"],
        "authorization": headers.get("authorization", "none, key in the body"),
        "encoding": headers.get("content-encoding", "plain"),
        "batches": sorted({len(each.events) for each in made}, reverse=True),
        "library": library.get("name", ""),
        "library_version": library.get("version", ""),
    }
