"""Filters held to what they say: what is told of one, as violations of rules."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.catalogue import rule
from contracts.explain import quote
from contracts.fql import Advice, advice
from contracts.rule import Observation, Violation


def judge_filter(text: str, trait: str = "") -> tuple[Advice, list[Violation]]:
    """Return what a filter does, and where that is not what it says; `trait` is the key of a cohort's trait."""
    said = advice(text, trait)
    return said, list(_violations(said))


def _violations(said: Advice) -> Iterator[Violation]:
    write = f"; write: {said.rewritten}" if said.rewritten else ""
    for name, message in said.surprises:
        yield Violation.of(rule(name), Observation("", f"{quote(said.filter)}: {message}{write}"))
