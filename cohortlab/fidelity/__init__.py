"""Fidelity: what every behaviour of the fakes and the engine rests on, how sure that is, and what changes it."""

from __future__ import annotations

from cohortlab.fidelity.behaviours import FAKES, Behaviour, behaviours, guesses
from cohortlab.fidelity.citations import cited_by_sources, sections
from cohortlab.fidelity.confidence import ORDER
from cohortlab.fidelity.sheets import AMPLITUDE, SEGMENT, SHEETS, Sheet

__all__ = [
    "AMPLITUDE",
    "FAKES",
    "ORDER",
    "SEGMENT",
    "SHEETS",
    "Behaviour",
    "Sheet",
    "behaviours",
    "cited_by_sources",
    "guesses",
    "sections",
]
