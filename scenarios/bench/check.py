"""A check: one claim about a lab, whether it held, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold, whether it does, and if not, why.

    `where` in its scenario that was looked at; `note` is what a reader of a claim that holds should know all the same;
    `about` is the user and the trait it is about, if it is about one.
    """

    what: str
    held: bool
    reason: str = ""
    where: str = ""
    note: str = ""
    about: tuple[str, str] | None = None

    @property
    def claim(self) -> str:
        """The claim in full: where, and what."""
        return f"{self.where}, {self.what}" if self.where else self.what

    def as_dict(self) -> dict[str, Any]:
        told = {"claim": self.claim, "held": self.held}
        return told | ({} if self.held else {"reason": self.reason}) | ({"note": self.note} if self.note else {})
