"""The pages, each a blueprint of its own, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from console.pages import calls, cohorts, keep, live, people, setup, syncs, trouble

PAGES: Sequence[Blueprint] = (
    live.blueprint,
    calls.blueprint,
    setup.blueprint,
    syncs.blueprint,
    cohorts.blueprint,
    people.blueprint,
    trouble.blueprint,
    keep.blueprint,
)
NAVIGATION: Sequence[tuple[str, str]] = (  # the address of each, and what it is called
    ("live.page", "Live"),
    ("setup.page", "Set up a sync"),
    ("syncs.page", "Syncs"),
    ("cohorts.page", "Cohorts"),
    ("people.page", "People"),
    ("trouble.page", "Clock and trouble"),
    ("keep.page", "Keep"),
)

__all__ = ["NAVIGATION", "PAGES"]
