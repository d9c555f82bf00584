"""A row as the contracts ask for it."""

from __future__ import annotations

from contracts.destinations import Destination
from downstream.table.row import Row
from downstream.table.rules import KEY_RULES


def as_contract(row: Row) -> Destination:
    """Return what the contracts ask about a destination."""
    rule = row.landing.key if row.landing is not None else None
    return Destination(
        row.slug,
        row.arrives if row.acts else None,
        tuple(row.needs),
        tuple(row.fill),
        KEY_RULES[rule or "kept"],
        as_text=row.landing is not None and row.landing.values.get("false") == "text",
        reads_context=row.hidden_by_context_traits,
    )
