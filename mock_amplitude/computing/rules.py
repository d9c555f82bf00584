"""How the settings of a workspace say that definitions are computed."""

from __future__ import annotations

from contracts.definitions import Rules
from mock_amplitude.settings import AmplitudeSettings


def rules_of(settings: AmplitudeSettings) -> Rules:
    """Return the choices that the facts leave open, as this workspace makes them."""
    return Rules(
        zone=settings.project_time_zone,
        rolling=settings.rolling_window,
        today=settings.rolling_today,
        full=settings.current_interval,
        week_start=settings.week_start,
        inactive=frozenset(_listed(settings.inactive_events)),
        custom=custom_events(settings.custom_events),
    )


def custom_events(told: str) -> dict[str, tuple[str, ...]]:
    """Read `bought: Order, Renewal; left: Refund` as the events of each custom event, by their `ce:` names."""
    found = {}
    for part in told.split(";"):
        name, _, events = part.partition(":")
        if name.strip():
            found[f"ce:{name.strip()}"] = tuple(_listed(events))
    return found


def _listed(told: str) -> list[str]:
    return [each.strip() for each in told.split(",") if each.strip()]
