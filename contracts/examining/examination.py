"""An examination: what is checked together, against a contract, a plan and over time, with every finding placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.check import Contract, envelope_of, is_envelope
from contracts.examining.finding import Finding, at_place, of_fault, place_of, placed
from contracts.plans import PlanJudge, plan_violations
from contracts.reading import Fault, Record
from contracts.rule import Severity, Violation
from contracts.sequences import Memberships, Place, Sequence, at_the_end
from contracts.trait_key import trait_key_format
from contracts.warehouse import Warehouse


@dataclass(slots=True)
class Tally:
    """Count what was looked at and what was found; `known` are the findings that a baseline left out."""

    files: int = 0
    payloads: int = 0
    known: int = 0
    findings: Counter[Severity] = field(default_factory=Counter)

    def forgive(self, finding: Finding) -> None:
        """Count a finding as known instead."""
        self.findings[finding.severity] -= 1
        self.known += 1


@dataclass(slots=True)
class Examination:
    """Examine files one after the other, as one capture.

    `sequence` asks for the contracts over time; `memberships` is who should be in which cohort at the end.
    `progress` is told the bytes of each part.
    """

    contract: Contract
    plan: PlanJudge | None = None
    sequence: Sequence | None = None
    memberships: Memberships | None = None
    progress: Callable[[int], None] | None = None
    tally: Tally = field(default_factory=Tally)
    _warehouse: Warehouse = field(default_factory=Warehouse)
    _file: str = ""

    def payloads(self, parts: Iterable[Record | Fault], file: str) -> Iterator[Finding]:
        """Yield the findings of one stream of payloads, in order."""
        self.tally.files += 1
        self._file = file
        contract, envelope, warehouse = self.contract, envelope_of(self.contract), self._warehouse
        over_time = self.plan is not None or self.sequence is not None
        held: list[Finding] = []  # faults of a line, until it is known what else is wrong with it
        for part in parts:
            if self.progress is not None:
                self.progress(len(part.text))
            if held and held[-1].line != part.line:
                yield from self.kept(held)
                held.clear()
            if not isinstance(part, Record):
                held.append(of_fault(file, part))
                continue
            self.tally.payloads += 1
            value, size = part.value, len(part.text)
            chosen = envelope if is_envelope(value) else contract
            found: list[Violation] = []
            if not chosen.is_clean(value, size, warehouse):
                found = chosen.violations(value, sent_bytes=size, warehouse=warehouse)
            if over_time:
                found += self._over_time(value, Place(file, part.line, part.column))
            if found or held:
                yield from self.kept(sorted((*held, *placed(file, part, found)), key=place_of))
                held.clear()
        yield from self.kept(held)

    def faults(self, faults: Iterable[Fault], file: str) -> Iterator[Finding]:
        """Yield the findings of a file whose contract is about its text, such as a cohort export."""
        self.tally.files += 1
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
                self.tally.findings[severity] += 1
                yield finding if severity is finding.severity else replace(finding, severity=severity)

    def _over_time(self, value: object, place: Place) -> Iterator[Violation]:
        events = list(events_of(value))
        if self.plan is not None:
            spelling = trait_key_format(self.contract.trait_key)
            for prefix, event in events:
                for violation in plan_violations(self.plan, event, spelling):
                    yield violation.under(prefix)
        if self.sequence is not None:
            for index, violation in self.sequence.see([event for _, event in events], place):
                yield violation.under(events[index][0])


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
