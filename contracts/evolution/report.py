"""The report of a comparison: what breaks, for whom, and the payload that shows it."""

from __future__ import annotations

import json
from typing import Any

from contracts.evolution.breaks import Comparison

_MEANING = {
    "producers": "payloads that were fine are refused now",
    "consumers": "payloads that were kept away come through now",
}


def comparison_text(comparison: Comparison, old: str, new: str) -> str:
    """Return a comparison as text."""
    lines = []
    for found in comparison.breaks:
        lines.append(f"breaks {found.who}: {found.where}")
        lines.append(f"    {found.change}")
        lines.append(f"    {found.why}: {json.dumps(found.witness, ensure_ascii=False)}")
        lines.append("")
    lines += [f"not compared: {reason}" for reason in comparison.skipped]
    if not comparison.is_whole:
        lines.append("not every change was looked at to its end: the search for payloads met its limit")
    for who, meaning in _MEANING.items():
        count = sum(found.who == who for found in comparison.breaks)
        if count:
            said = f"{count} break{'s' if count > 1 else ''} ({meaning})"
        else:
            said = "nothing breaks (proven)" if comparison.proven[who] else "no break found (not proven)"
        lines.append(f"{who}, from {old} to {new}: {said}")
    return "\n".join(lines) + "\n"


def comparison_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON-ready values; what was not looked at is there when there is any."""
    made: dict[str, Any] = {"breaks": [found.as_dict() for found in comparison.breaks], "proven": comparison.proven}
    if comparison.skipped:
        made["not_compared"] = list(comparison.skipped)
    if not comparison.is_whole:
        made["complete"] = False
    return made
