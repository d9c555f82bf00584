"""How a program behaved, whatever came of it: by the contracts, with moments and secrets, when told to wait."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.catalogue import rule
from contracts.check import contract
from contracts.foreign import NAME_COLUMNS, quoted
from contracts.rule import Violation
from contracts.sequences import Place, Sequence, at_the_end
from contracts.trait_key import trait_key_format
from mock_core.clock import iso
from mock_segment.delivery import meant_for, normalise, traits_meant
from scenarios.bench import Attempt, Check, attempts
from scenarios.flow import flow
from scenarios.lab import API_KEY, SECRET_KEY
from scenarios.verdict.libraries import does_not_wait

if TYPE_CHECKING:
    from scenarios.bench import Bench

SHORTEST_KEY = 8  # a shorter text stands anywhere by chance
CLOCK_SLACK = 0.05  # seconds by which a program's clock and the lab's may differ when both run


def contracts(bench: Bench, wanted: bool | list[str], where: str, key: str | None) -> Iterator[Check]:
    """Check every event sent against the cohort-identify contract and the contracts over a sequence."""
    del key
    if wanted is False:
        return
    spelling = bench.scenario.trait_key
    payload = contract("cohort-identify", spelling)
    sequences: dict[str, Sequence] = {}
    broken: dict[str, list[str]] = {}

    def take(each: Violation, place: str) -> None:
        is_meant = (
            str(each.rule.severity) == "error" if wanted is True else {each.rule.code, each.rule.name} & {*wanted}
        )
        if is_meant:
            said = f"{place}{each.pointer}: {each.message} Found {each.found}"
            broken.setdefault(each.rule.code, []).append(said)

    for number, attempt in enumerate(attempts(bench.lab.segment), 1):
        events = [dict(event) for event in attempt.events]
        found = [(index, each) for index, event in enumerate(events) for each in payload.violations(event)]
        if attempt.is_stored:
            sequence = sequences.setdefault(attempt.write_key, Sequence(trait_key_format(spelling)))
            found += list(sequence.see(events, Place("uploads", number)))
        for index, each in found:
            take(each, f"upload {number}, event {index}")
    for sequence in sequences.values():
        for place, each in at_the_end(sequence, None, "uploads"):
            take(each, f"upload {place.line}")
    told = "every contract" if wanted is True else ", ".join(wanted)
    reason = "; ".join(
        f"{code} {f'{len(said)} times, first in' if said[1:] else 'in'} {said[0]}{_sureness(code)}"
        for code, said in sorted(broken.items())
    )
    yield Check(f"what was sent keeps {told}", not broken, reason, where)


def _sureness(code: str) -> str:
    """Say in a clause that a rule rests on what nobody published; nothing of the others."""
    return " (rests on an inferred fact)" if rule(code).source.is_inferred else ""


def dated(bench: Bench, wanted: str, where: str, key: str | None) -> Iterator[Check]:
    """Check that the timestamps that Segment keeps are about when the events came (segment facts 1.11 [doc]).

    They are reckoned from `timestamp` and `sentAt`: an event without them is dated by its arrival.
    """
    from scenarios.files import seconds  # noqa: PLC0415 - format reads files, this judges; neither needs the other

    far = []
    for event in bench.lab.segment.events():
        if key is not None and event.capture.write_key != key:
            continue
        kept = str(normalise(event.capture, event.index).get("timestamp"))
        off = abs(datetime.fromisoformat(kept).timestamp() - event.capture.at / 1000)
        if off > seconds(wanted):
            sent = flow({name: event.raw[name] for name in ("timestamp", "sentAt") if name in event.raw})
            user_id = quoted(str(event.raw.get("userId")), NAME_COLUMNS)
            far.append(f"{user_id} is dated {kept}, and came at {iso(event.capture.at)} (sent with {sent})")
    reason = f"{far[0]}; and {len(far) - 1} more" if far[1:] else "".join(far)
    yield Check(f"every event is dated within {wanted} of its arrival", not far, reason, where)


def keeps_secrets(bench: Bench, wanted: bool, where: str, key: str | None) -> Iterator[Check]:
    """Check that no key was printed, nor written into an address, where every log on the way keeps it."""
    del key
    if not wanted:
        return
    secrets = {"Amplitude's secret key": SECRET_KEY, "Amplitude's keys in Base64": _basic(API_KEY, SECRET_KEY)}
    for target, written in bench.keys.items():
        if len(written) >= SHORTEST_KEY:
            secrets[f"the write key of {target}"] = written
            secrets[f"the write key of {target} in Base64"] = _basic(written, "")
    found = [
        f"sync {number} printed {name}"
        for number, sync in enumerate(bench.syncs, 1)
        for name, secret in secrets.items()
        if secret in sync.output
    ]
    for fake in ("amplitude", "segment"):
        for entry in getattr(bench.lab, fake).workspace.journal.walk(kind="request"):
            data = entry.data
            found += [
                f"{name} stands in the address of {data['method']} {data['path']}"
                for name, secret in secrets.items()
                if secret in data["query"]
            ]
    yield Check("keys were neither printed nor written into an address", not found, "; ".join(found[:3]), where)


def _basic(user: str, password: str) -> str:
    """Return credentials as the Authorization header carries them, which is no way to hide them."""
    return b64encode(f"{user}:{password}".encode()).decode()


def waited(bench: Bench, after: int, where: str) -> Check:
    """Check that no event was sent again before the Retry-After it was refused with had passed.

    Most clients out there read none (docs/clients.md): where the scenario says `reported`, that is a note.
    """
    due: dict[tuple[str, str], tuple[float, str]] = {}
    for attempt in attempts(bench.lab.segment, after):
        keys = _keys(attempt)
        for key in keys:
            moment, asked = due.pop(key, (0.0, ""))
            if attempt.at / 1000 < moment:
                by = f"{moment - attempt.at / 1000:.1f} s too early"
                library = does_not_wait(attempt.events[0])
                early = f"{quoted(key[0], NAME_COLUMNS)} was refused with {asked} and sent again {by}"
                told = f"{early} ({library})" if library else early
                if bench.scenario.retry_after == "reported":
                    return Check(f"{where}: a Retry-After is reported", True, note=f"{where}: {told}")
                return Check(f"{where}: a Retry-After is waited for", False, told)
        wait = _announced(bench, attempt)
        if wait is not None:
            asked = f"{attempt.status} and Retry-After: {wait:g}"
            due.update(dict.fromkeys(keys, (attempt.at / 1000 + wait - CLOCK_SLACK, asked)))
    return Check(f"{where}: a Retry-After is waited for", True)


def _keys(attempt: Attempt) -> set[tuple[str, str]]:
    return {(str(meant_for(event)), ",".join(traits_meant(event))) for event in attempt.events}


def _announced(bench: Bench, attempt: Attempt) -> float | None:
    """Return the Retry-After an upload was answered with, in seconds.

    A date is not counted: Segment documents seconds (segment facts 1.6 [doc]), and who cannot read one waits as usual.
    """
    for fault_id in attempt.faults:
        trouble = bench.troubles.get(("segment", fault_id))
        spec = {} if trouble is None else trouble.spec
        wait = spec.get("retry_after")
        if wait is not None and attempt.status == spec.get("status") and spec.get("retry_after_as") != "date":
            return float(wait)
    return None
