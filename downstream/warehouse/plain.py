"""Values out of a database as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as JSON has it; a moment as ISO 8601 in UTC."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, (bool, int, float, str, dict)) else str(value)


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row by the names of its columns as JSON has it."""
    return {name: plain(value) for name, value in row.items()}
