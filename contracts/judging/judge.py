"""A judge holds compiled rules: one quick look says whether all of them hold, a slow one says which do not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

import jsonschema_rs

from contracts.explain import observe, validator
from contracts.judging.fuse import fuse
from contracts.judging.separable import separable
from contracts.rule import TEXTS, Frame, Observation, Probe, Rule, Violation, in_frame

_PLACES: Final = 100
"""Places named for one rule in one payload; a payload of a million bad traits must not fill the memory."""


class Texts:
    """Judge texts of one field, one or many at once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.holds: Callable[[object], bool] = validator(schema).is_valid
        self.hold: Callable[[object], bool] = validator({"type": "array", "items": schema}).is_valid


class Judge:
    """Judge payloads by a list of rules in one frame."""

    def __init__(self, rules: Iterable[Rule], frame: Frame) -> None:
        self.rules = tuple(rules)
        self.frame = frame

    @cached_property
    def gate(self) -> jsonschema_rs.Draft202012Validator:
        """Return every rule that is a schema as one, compiled."""
        return validator(self._schema)

    @cached_property
    def _schema(self) -> dict[str, Any]:
        return fuse(filter(None, (rule.fragment(self.frame) for rule in self.rules)))

    @cached_property
    def _sieve(self) -> Callable[[object], bool]:
        """Return the gate, joined with what spares the probes that have a sieve."""
        sieves = [in_frame(rule.sieve, self.frame) for rule in self.rules if rule.sieve is not None]
        schemas = [rule.fragment(self.frame) for rule in self.rules]
        return validator(fuse(filter(None, (*schemas, *sieves)))).is_valid if sieves else self.gate.is_valid

    @cached_property
    def _asked(self) -> tuple[Probe, ...]:
        """Return what no schema can say; a probe beside a schema only explains."""
        return tuple(rule.probe for rule in self.rules if rule.schema is None and rule.probe is not None)

    @cached_property
    def _asked_behind_the_sieve(self) -> tuple[Probe, ...]:
        return tuple(
            rule.probe for rule in self.rules if rule.schema is None and rule.probe is not None and rule.sieve is None
        )

    @cached_property
    def texts(self) -> Mapping[str, Texts]:
        """Return who judges the texts of ids and moments that no schema looks at together with anything else.

        Events that hold and differ in these alone hold when these do, and what `readers` gives has nothing to say.
        """
        return {name: Texts(schema) for name, schema in separable(self._schema, TEXTS).items()}

    def readers(self, payload: Mapping[str, object]) -> tuple[tuple[Probe, tuple[str, ...]], ...] | None:
        """Return the probes that read texts of the payload that `texts` judges, each with the fields that it reads.

        None when there is one that may read any.
        """
        asked = [rule for rule in self.rules if rule.schema is None and rule.probe is not None]
        if any(rule.reads is None for rule in asked):
            return None
        return tuple(
            (rule.probe, rule.reads)
            for rule in asked
            if rule.probe is not None and rule.reads and all(isinstance(payload.get(name), str) for name in rule.reads)
        )

    def holds(self, payload: object) -> bool:
        """Say whether the payload breaks no rule."""
        asked = self._asked_behind_the_sieve
        if not self._sieve(payload):
            if not self.gate.is_valid(payload):
                return False
            asked = self._asked
        for probe in asked:
            for _ in probe(payload, self.frame):
                return False
        return True

    def violations(self, payload: object) -> Iterator[Violation]:
        """Yield what the payload breaks, in the order of the rules; quick when it breaks nothing."""
        failed: set[str] = set()
        for rule, compiled in self._asked_alone if self.gate.is_valid(payload) else self._compiled:
            if compiled is None:
                seen = _probed(rule, payload, self.frame)
            elif compiled.is_valid(payload):
                continue
            elif rule.probe is not None:
                seen = rule.probe(payload, self.frame)
            else:
                seen = observe(compiled, payload, rule.at, _PLACES)
            if failed and not failed.isdisjoint(rule.presumes):
                continue
            for place in itertools.islice(seen, _PLACES):
                failed.add(rule.name)
                yield Violation.of(rule, place)

    @cached_property
    def _compiled(self) -> tuple[tuple[Rule, jsonschema_rs.Draft202012Validator | None], ...]:
        return tuple((rule, _compile(rule, self.frame) if rule.schema is not None else None) for rule in self.rules)

    @cached_property
    def _asked_alone(self) -> tuple[tuple[Rule, None], ...]:
        """Return the rules that are no schema: what is left to ask when all the schemas hold."""
        return tuple((rule, None) for rule in self.rules if rule.schema is None)


def _probed(rule: Rule, payload: Any, frame: Frame) -> Iterable[Observation]:
    return rule.probe(payload, frame) if rule.probe is not None else ()


@lru_cache(maxsize=2048)
def _compile(rule: Rule, frame: Frame) -> jsonschema_rs.Draft202012Validator:
    return validator(rule.fragment(frame) or {})
