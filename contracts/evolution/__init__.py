"""Evolution: what breaks between two versions of a contract or plan, each break with a payload that proves it."""

from __future__ import annotations

from contracts.evolution.breaks import compare
from contracts.evolution.report import comparison_dict, comparison_text

__all__ = [
    "compare",
    "comparison_dict",
    "comparison_text",
]
