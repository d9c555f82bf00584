"""Salvaging: what can still be read of damaged journals and recordings, in new files that every command takes."""

from __future__ import annotations

from scenarios.salvaging.salvaged import Salvaged
from scenarios.salvaging.saving import salvage

__all__ = ["Salvaged", "salvage"]
