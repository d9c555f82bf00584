"""Hiding: a package of the user's that has the name of a room of ours, and is found in its place."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ROOMS = ("contracts", "mock_amplitude", "mock_core", "mock_segment", "scenarios", "syncer")


def hidden_room() -> str:
    """Say which room of ours another package stands in for, and what to do; empty when all are ours."""
    home = Path(__file__).parents[1]
    for name in ROOMS:
        spec = find_spec(name)
        place = Path(spec.origin).parent if spec and spec.origin else None
        if place is not None and place.parent != home:
            return (
                f"The package {name!r} in {place} hides the one of this name that cohortlab needs. Rename it, or keep "
                "its folder off the import path (PYTHONPATH, the folder python -m is called in, pytest's rootdir)."
            )
    return ""
