"""A check: one claim about a lab, whether it held, and if not, why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One claim, whether it held, and if not, why."""

    claim: str
    held: bool
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) if not self.held else {"claim": self.claim, "held": True}
