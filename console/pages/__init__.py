"""The pages, each a blueprint of its own, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from console.pages import calls, live

PAGES: Sequence[Blueprint] = (live.blueprint, calls.blueprint)
NAVIGATION: Sequence[tuple[str, str]] = (("live.page", "Live"),)  # the address of each, and what it is called

__all__ = ["NAVIGATION", "PAGES"]
