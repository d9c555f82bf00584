"""A rule, and what is said when a payload breaks it.

A rule is one claim about a payload with a stable code. It is judged by a JSON Schema fragment that a payload
meets when the claim holds (`schema`), or by a function that yields what it observes to be wrong (`probe`) when
JSON Schema has no word for the claim: sizes in bytes, two fields compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from contracts.trait_key import TraitKeyFormat

Schema = Mapping[str, Any]


class Severity(StrEnum):
    """Say how bad a broken rule is: data is lost or wrong; it may be; somebody should know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "J": "not JSON at all",
        "E": "what the edge refuses",
        "D": "what Segment accepts and then discards",
        "H": "legal but harmful",
        "C": "the cohort identify",
        "X": "the cohort export",
        "W": "what becomes of it in a warehouse",
        "V": "what becomes of it at a destination",
        "S": "over a sequence of calls",
        "P": "the tracking plan",
        "F": "what a filter does that it does not say",
    }
)
"""Rule families by the letter that their codes start with."""


TEXTS: Final = ("userId", "anonymousId", "previousId", "messageId", "timestamp", "sentAt", "receivedAt")
"""Ids and moments: the fields of an event whose texts differ from event to event."""


@dataclass(frozen=True, slots=True)
class Source:
    """Say what a rule rests on: a fact sheet section, its confidence tag, the vendor's page and its date."""

    facts: str
    tag: str
    page: str
    date: str

    def __str__(self) -> str:
        return f"{self.facts} {self.tag}: {self.page} ({self.date})"

    @property
    def is_inferred(self) -> bool:
        """Say whether nobody published it, so that a verdict by it is as good as the reason given."""
        return self.tag == "[inferred]"


@dataclass(frozen=True, slots=True)
class Observation:
    """Say where a payload breaks a rule and what stands there; `expected` replaces the rule's own."""

    pointer: str
    found: str
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold what a rule may ask about the contract that judges: the call it is for, and the trait key spelling.

    `call` is one of the six calls, or None when the event's own `type` decides.
    """

    call: str | None
    trait_key: TraitKeyFormat


Fragment = Schema | Callable[[Frame], Schema]
Probe = Callable[[Any, Frame], Iterable[Observation]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """Hold one claim with everything a person needs to act on it.

    `bad` breaks the rule and `good` is its twin that does not: both are examples in the documentation and
    payloads in the tests. `contracts` are the contracts that hold the rule. `presumes` names rules that must hold
    for this one to have anything to say. `at` is where the finding points when what is wrong is that something is
    absent. A `pedantic` rule is only judged on request. A `sieve` is a schema that holds only where the probe has
    nothing to say: it spares most payloads a probe that is slow beside a schema. `reads` are the ids and moments
    (`TEXTS`) whose text the probe reads, of which it needs all to say anything; of the others it asks at most whether
    they are filled. None says that it may read any of them.
    """

    code: str
    name: str
    severity: Severity
    message: str
    explanation: str
    bad: Any
    good: Any
    expected: str
    fix: str
    source: Source
    contracts: tuple[str, ...]
    schema: Fragment | None = field(default=None, repr=False)
    probe: Probe | None = field(default=None, repr=False)
    sieve: Fragment | None = field(default=None, repr=False)
    reads: tuple[str, ...] | None = None
    presumes: tuple[str, ...] = ()
    at: str = ""
    discard_code: str | None = None
    pedantic: bool = False

    @property
    def family(self) -> str:
        """Return what the rule's letter stands for."""
        return FAMILIES[self.code[0]]

    def fragment(self, frame: Frame) -> Schema | None:
        """Return the rule's schema as it reads in this frame, or None when a probe judges it."""
        return in_frame(self.schema, frame)


def in_frame(fragment: Fragment | None, frame: Frame) -> Schema | None:
    """Return a fragment as it reads in a frame."""
    return fragment(frame) if callable(fragment) else fragment


@dataclass(frozen=True, slots=True)
class Violation:
    """Say that a payload breaks a rule: where, what was found, what was expected, what to do."""

    rule: Rule
    pointer: str
    found: str
    expected: str
    message: str
    fix: str

    @classmethod
    def of(cls, rule: Rule, seen: Observation) -> Violation:
        """Return the violation that an observation amounts to."""
        return cls(rule, seen.pointer, seen.found, seen.expected or rule.expected, rule.message, rule.fix)

    def under(self, prefix: str) -> Violation:
        """Return the same violation as seen from further up."""
        return replace(self, pointer=prefix + self.pointer)

    def as_dict(self) -> dict[str, str | None]:
        """Return it as JSON-ready values, with the rule by code and name."""
        return {
            "code": self.rule.code,
            "rule": self.rule.name,
            "severity": self.rule.severity.value,
            "pointer": self.pointer,
            "found": self.found,
            "expected": self.expected,
            "message": self.message,
            "fix": self.fix,
            "discard_code": self.rule.discard_code,
        }
