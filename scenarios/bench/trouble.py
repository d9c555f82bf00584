"""Trouble: a fault that a step armed, in words, and how many calls it struck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.flow import flow

_WHERE = {"amplitude": "Amplitude", "segment": "Segment"}


@dataclass(slots=True)
class Trouble:
    """A fault that was armed at a step: `spec` as the file has it without `on`, `meaning` what its kind does."""

    step: int
    on: str
    spec: Mapping[str, Any]
    meaning: str = ""
    struck: int = 0

    @property
    def kind(self) -> str:
        return str(self.spec.get("fault", ""))

    @property
    def words(self) -> str:
        """Name it: `status 503 with retry_after 3 at Segment (step 2)`."""
        return f"{fault_in_words(self.on, self.spec)} (step {self.step})"

    @property
    def account(self) -> str:
        """Say what it did to how many calls."""
        does = self.meaning.partition(";")[0].rstrip(".")
        does = does[:1].lower() + does[1:]
        calls = "1 call" if self.struck == 1 else f"{self.struck} calls"
        return f"{self.words} struck {calls}{f': {does}' if does else ''}"

    @property
    def as_armed(self) -> str:
        """Say it as its step does."""
        return f"step {self.step}, fault {flow({'on': self.on, **self.spec})}"


def fault_in_words(on: str, spec: Mapping[str, Any]) -> str:
    """Name a fault by its kind and what it was given: `status 503 with retry_after 3 at Segment`."""
    kind = str(spec.get("fault", ""))
    own = {name: value for name, value in spec.items() if name not in {"fault", "match"}}
    first = f" {flow(own.pop(kind))}" if kind in own else ""
    rest = ", ".join(f"{name} {flow(value)}" for name, value in own.items())
    return f"{kind}{first}{f' with {rest}' if rest else ''} at {_WHERE.get(on, on)}"
