"""The console: the lab in a browser. It shows what the control planes know, and tells the lab what they can be told."""

from __future__ import annotations

from console.app import create_app, create_past_app
from console.desk import Console

__all__ = ["Console", "create_app", "create_past_app"]
