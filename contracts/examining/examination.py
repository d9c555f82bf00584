"""An examination: what is checked together, against a contract, a plan and over time, with every finding placed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.check import Contract, envelope_of, is_envelope
from contracts.destinations import AtDestinations
from contracts.examining.finding import Finding, at_place, of_fault, on_a_line, place_of, placed
from contracts.examining.stencils import Stencils
from contracts.examining.tally import Tally, Trouble
from contracts.judging import CALLS
from contracts.plans import PlanJudge, plan_violations
from contracts.reading import Alike, Fault, Record, Recorded, document_form, recorded_calls, unpacked
from contracts.rule import Violation
from contracts.sequences import Memberships, Place, Sequence, at_the_end
from contracts.trait_key import trait_key_format
from contracts.warehouse import Warehouse

Part = Record | Fault | Alike

_OF_AN_EVENT: Final = frozenset(("userId", "anonymousId", "batch"))
_TELLS: Final = (("event", "track"), ("groupId", "group"), ("previousId", "alias"), ("traits", "identify"))
"""Fields that tell which call an event is, before it is asked for traits."""


@dataclass(slots=True)
class _Calls:
    """Count the calls that a file records."""

    what: str = ""
    requests: int = 0
    bodies: int = 0

    def add(self, recorded: Recorded) -> None:
        self.what = recorded.what
        self.requests += recorded.requests
        self.bodies += len(recorded.bodies)


@dataclass(slots=True)
class Examination:
    """Examine files one after the other, as one capture.

    `sequence` asks for the contracts over time; `memberships` is who should be in which cohort at the end.
    `destinations` and `warehouse` are where the events end. `progress` is told the bytes of each part.
    """

    contract: Contract
    plan: PlanJudge | None = None
    sequence: Sequence | None = None
    destinations: AtDestinations | None = None
    memberships: Memberships | None = None
    progress: Callable[[int], None] | None = None
    tally: Tally = field(default_factory=Tally)
    warehouse: Warehouse = field(default_factory=Warehouse)
    _stencils: Stencils | None = None
    _file: str = ""

    @property
    def stencils(self) -> Stencils | None:
        """Return what knows clean lines by their likes; None when each event has to be looked at over time."""
        if self._stencils is None and not self._looks_at_events:
            self._stencils = Stencils(self.contract)
        return self._stencils

    @property
    def _looks_at_events(self) -> bool:
        """Say whether each event is looked at beyond its contract."""
        return self.plan is not None or self.sequence is not None or self.destinations is not None

    def payloads(self, parts: Iterable[Part], file: str) -> Iterator[Finding | Trouble]:
        """Yield the findings of one stream of payloads, in order; of a recording of calls those of their bodies."""
        self.tally.names.append(file)
        self._file = file
        calls = _Calls()
        yield from self._judged(parts, file, calls)
        if calls.what and not calls.bodies:
            yield self.trouble(file, f"is {calls.what} with {calls.requests:,} requests; none is a call to Segment")

    def trouble(self, file: str, words: str) -> Trouble:
        """Count and return what kept a file from being judged."""
        self.tally.troubles.append(Trouble(file, words))
        return self.tally.troubles[-1]

    def _judged(self, parts: Iterable[Part], file: str, calls: _Calls) -> Iterator[Finding | Trouble]:
        contract, envelope, warehouse, first = self.contract, envelope_of(self.contract), self.warehouse, True
        stencils = self.stencils
        held: list[Finding] = []  # faults of a line, until it is known what else is wrong with it
        for part in parts:
            if self.progress is not None:
                self.progress(part.size if isinstance(part, Alike) else len(part.text))
            if held and held[-1].line != part.line:
                yield from self.kept(held)
                held.clear()
            if isinstance(part, Fault):
                held.append(of_fault(file, part))
                continue
            if isinstance(part, Alike):
                told = on_a_line(file, part.line, part.text, part.told) if part.told else []
                yield from self._together(held, told)
                self.tally.payloads += part.lines
                first = False
                continue
            self.tally.payloads += 1
            value, size = part.value, len(part.text)
            chosen = envelope if is_envelope(value) else contract
            found: list[Violation] = []
            if not chosen.is_clean(value, size, warehouse):
                if isinstance(value, dict) and not value.keys() & _OF_AN_EVENT and value.get("type") not in CALLS:
                    recorded = recorded_calls(value)
                    if recorded is not None:
                        self.tally.payloads -= 1
                        calls.add(recorded)
                        yield from self._judged(unpacked(part, recorded), file, calls)
                        continue
                    form = document_form(value) if first and not part.pointer else None
                    if form is not None:
                        self.tally.payloads -= 1
                        yield self.trouble(file, form.refusal(file, "a file of events"))
                        continue
                found = chosen.violations(value, sent_bytes=size, warehouse=warehouse)
                if chosen is contract and contract.name == "event":
                    found = [_of_a_single_call(seen, value) for seen in found]
            first = False
            found += self._over_time(value, Place(file, part.line, part.column))
            told = placed(file, part, found) if found else []
            if stencils is not None and not held:
                stencils.learn(part, [each.violation for each in told])
            yield from self._together(held, told)
        yield from self.kept(held)

    def _together(self, held: list[Finding], told: list[Finding]) -> Iterator[Finding]:
        """Yield what is kept of a line's faults, which are held no longer, and of what its payload breaks."""
        if held:
            told = sorted((*held, *told), key=place_of)
            held.clear()
        yield from self.kept(told)

    def faults(self, faults: Iterable[Fault], file: str) -> Iterator[Finding]:
        """Yield the findings of a file whose contract is about its text, such as a cohort export."""
        self.tally.names.append(file)
        yield from self.kept(of_fault(file, fault) for fault in faults)

    def end(self) -> Iterator[Finding]:
        """Yield what only the whole capture shows."""
        if self.sequence is not None:
            found = at_the_end(self.sequence, self.memberships, self._file)
            yield from self.kept(at_place(place.file, place.line, place.column, seen) for place, seen in found)

    def kept(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings that the policy keeps, as serious as it takes them, and count them."""
        policy = self.contract.policy
        for finding in findings:
            rule = finding.violation.rule
            if policy.keeps(rule):
                severity = policy.severity_of(rule)
                taken = finding if severity is finding.severity else replace(finding, severity=severity)
                self.tally.add(taken)
                yield taken

    def _over_time(self, value: object, place: Place) -> Iterator[Violation]:
        if not self._looks_at_events:
            return
        events = list(events_of(value))
        if self.plan is not None:
            spelling = trait_key_format(self.contract.trait_key)
            for prefix, event in events:
                for violation in plan_violations(self.plan, event, spelling):
                    yield violation.under(prefix)
        if self.sequence is not None:
            for index, violation in self.sequence.see([event for _, event in events], place):
                yield violation.under(events[index][0])
        if self.destinations is not None:
            for prefix, event in events:
                for violation in self.destinations.see(event):
                    yield violation.under(prefix)


def _of_a_single_call(seen: Violation, value: object) -> Violation:
    """Return a violation in the words for a file's own event: without a `type` it may be the body of a single call."""
    if seen.rule.code != "D201" or not isinstance(value, dict):
        return seen
    call = next((call for name, call in _TELLS if name in value), "page" if "properties" in value else "identify")
    return replace(
        seen,
        message="An event needs a `type`, unless the route it is sent to says it.",
        expected=f"one of {', '.join(CALLS)}",
        fix=f"Set `type`; for the body of a single call say which one it is: --contract {call}.",
    )


def events_of(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a payload, each with its pointer; an envelope lends its context and times to each."""
    if not isinstance(value, dict):
        return
    if not is_envelope(value):
        yield "", {"type": "identify", **value} if "traits" in value else value
        return
    lent = {name: value[name] for name in ("context", "integrations", "sentAt") if value.get(name)}
    items = value["batch"]
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield f"/batch/{index}", {**lent, **item, **_merged(lent, item)}


def _merged(lent: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """Merge what envelope and item both say; the item wins (segment facts 1.10 [inferred])."""
    both = ((name, lent.get(name), item.get(name)) for name in ("context", "integrations"))
    return {
        name: {**outer, **inner} for name, outer, inner in both if isinstance(outer, dict) and isinstance(inner, dict)
    }
