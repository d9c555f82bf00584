"""Recordings read: HAR, vcrpy cassettes, files of events, exports, and the journals of a lab."""

from __future__ import annotations

from recording.reading.files import Found, read_file
from recording.reading.labs import SHAPES, lab_entries

__all__ = ["SHAPES", "Found", "lab_entries", "read_file"]
