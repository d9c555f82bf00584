"""Judging: rules compiled together; one quick look for all of them, and a slow one that tells which does not hold."""

from __future__ import annotations

from contracts.judging.compose import CALLS, all_of, by_type
from contracts.judging.judge import Judge

__all__ = [
    "CALLS",
    "Judge",
    "all_of",
    "by_type",
]
