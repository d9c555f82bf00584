"""A plan's schema, ready to judge: its faults, and what it refuses in an event."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from contracts.plans.draft import read_schema
from contracts.plans.gate import Gate, gate
from contracts.plans.looking import Refusal, refusals
from contracts.plans.node import Fault, Node


class PlanSchema:
    """Judge events by a schema as Segment's validator does; it is read when it is first asked."""

    def __init__(self, document: Any) -> None:
        self._document = document

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what keeps the document from being a schema; what has faults does not count in a verdict."""
        return self._read[1]

    def refusals(self, event: Any) -> list[Refusal]:
        """Return what the schema refuses in an event; nothing when it takes it."""
        if self._gate is not None and self._gate(event):
            return []
        return refusals(self._read[0], event)

    @cached_property
    def _read(self) -> tuple[Node, tuple[Fault, ...]]:
        return read_schema(self._document)

    @cached_property
    def _gate(self) -> Gate | None:
        return None if self.faults else gate(self._document)
