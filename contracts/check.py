"""Contracts by name: `contract("identify").violations(payload)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from contracts.catalogue import all_rules, rule, rules_of
from contracts.errors import UnknownContract
from contracts.explain import describe
from contracts.judging import CALLS, Judge
from contracts.policy import Policy
from contracts.reading import LIMITS, json_size, on_the_wire
from contracts.rule import Frame, Observation, Rule, Severity, Violation
from contracts.trait_key import DEFAULT_STYLE, trait_key_format
from contracts.warehouse import Warehouse

CONTRACTS: Final = (*CALLS, "event", "batch", "cohort-identify")
"""Contracts for payloads: the six calls, any of them by `type`, the batch envelope, and the cohort identify."""

_EVERYTHING: Final = Policy()


class Contract:
    """Judge payloads of one kind.

    `is_valid` is about errors only. `is_clean` and `violations` are also about what is legal but harmful, and what
    somebody should know; the rules' severity says which is which.
    """

    _size_rule = "E101"

    def __init__(self, name: str, trait_key: str = DEFAULT_STYLE, policy: Policy = _EVERYTHING) -> None:
        self.name = name
        self.trait_key = trait_key
        self.policy = policy
        frame = Frame(name if name in CALLS else None, trait_key_format(trait_key))
        self._judge = Judge(filter(policy.keeps, contract_rules(name)), frame)
        self._by_type: dict[object, Judge] = {}

    def is_valid(self, payload: object) -> bool:
        """Say whether the payload breaks no rule of severity error."""
        return all(violation.rule.severity != Severity.ERROR for violation in self._violations(payload, None, None))

    def is_clean(self, payload: object, sent_bytes: int, warehouse: Warehouse) -> bool:
        """Say whether a payload read from `sent_bytes` of JSON surely breaks no rule at all; made for millions.

        `warehouse` has seen the payloads before this one.
        """
        if sent_bytes > LIMITS[self._size_rule] or not isinstance(payload, dict):
            return False
        judge = self.judge_of(payload) if self._by_type else self._judge
        return judge.holds(payload) and warehouse.is_known(payload)

    def violations(
        self, payload: object, *, sent_bytes: int | None = None, warehouse: Warehouse | None = None
    ) -> list[Violation]:
        """Return every rule that the payload breaks, with the place.

        `sent_bytes` is the size of the JSON text the payload was read from; without it the size is that of compact
        JSON, and values that JSON cannot say are looked for. `warehouse` has seen the payloads before this one;
        without it the payload is the first.
        """
        return list(self._violations(payload, sent_bytes, warehouse or Warehouse()))

    def _violations(self, payload: object, sent_bytes: int | None, warehouse: Warehouse | None) -> Iterator[Violation]:
        unsendable = False
        for violation in on_the_wire(payload, self._size_rule, sent_bytes):
            unsendable = unsendable or violation.rule.code != self._size_rule
            if self.policy.keeps(violation.rule):
                yield violation
        if unsendable:
            return
        if isinstance(payload, dict):
            yield from self.judge_of(payload).violations(payload)
            yield from self._further(payload, warehouse)
        elif self.policy.keeps(rule("E103")):
            yield Violation.of(rule("E103"), Observation("", describe(payload)))

    def _further(self, payload: dict[str, Any], warehouse: Warehouse | None) -> Iterator[Violation]:
        """Yield what an object that can be sent breaks further down: in the warehouse, or in the events it holds."""
        if warehouse is not None:
            call = "identify" if self.name == "cohort-identify" else self.name
            yield from (seen for seen in warehouse.see(payload, call) if self.policy.keeps(seen.rule))

    def judge_of(self, payload: Mapping[str, object]) -> Judge:
        """Return who judges a payload of this `type`."""
        kind = payload.get("type")
        return self._by_type.get(kind, self._judge) if isinstance(kind, str) else self._judge


class EventContract(Contract):
    """Judge events of any call by their `type`."""

    def __init__(self, name: str, trait_key: str = DEFAULT_STYLE, policy: Policy = _EVERYTHING) -> None:
        super().__init__(name, trait_key, policy)
        self._by_type = {call: contract(call, trait_key, policy)._judge for call in CALLS}


class BatchContract(Contract):
    """Judge an envelope, and each event in it by the contract for items."""

    _size_rule = "E102"

    def __init__(self, item: Contract) -> None:
        super().__init__("batch", item.trait_key, item.policy)
        self.item = item

    def is_clean(self, payload: object, sent_bytes: int, warehouse: Warehouse) -> bool:
        """Say whether the envelope and every event in it surely break no rule at all."""
        if sent_bytes > LIMITS[self._size_rule] or not isinstance(payload, dict) or not self._judge.holds(payload):
            return False
        return all(self.item.is_clean(item, json_size(item), warehouse) for item in payload.get("batch") or ())

    def _further(self, payload: dict[str, Any], warehouse: Warehouse | None) -> Iterator[Violation]:
        items = payload.get("batch")
        for index, item in enumerate(items if isinstance(items, list | tuple) else ()):
            if isinstance(item, dict):
                for violation in self.item._violations(item, None, warehouse):
                    yield violation.under(f"/batch/{index}")


@lru_cache(maxsize=128)
def contract(name: str, trait_key: str = DEFAULT_STYLE, policy: Policy = _EVERYTHING) -> Contract:
    """Return a contract by name; raise `UnknownContract` with the nearest name."""
    if name == "batch":
        return BatchContract(contract("event", trait_key, policy))
    if name not in CONTRACTS:
        raise UnknownContract(name, CONTRACTS)
    return EventContract(name, trait_key, policy) if name == "event" else Contract(name, trait_key, policy)


@lru_cache(maxsize=128)
def envelope_of(item: Contract) -> Contract:
    """Return the contract for a batch whose events are judged by `item`."""
    return item if isinstance(item, BatchContract) else BatchContract(item)


def is_envelope(payload: object) -> bool:
    """Say whether a payload is meant as a batch envelope rather than as an event."""
    return isinstance(payload, dict) and "batch" in payload and "type" not in payload


def contract_rules(name: str) -> tuple[Rule, ...]:
    """Return the rules that a contract holds, in the order in which they are judged."""
    if name != "cohort-identify":
        return rules_of(name)
    return tuple(known for known in all_rules() if {"identify", "cohort-identify"} & set(known.contracts))
