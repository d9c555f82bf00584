"""What JavaScript makes of JSON values: Segment's filters, mappings and destinations are written in it, and it shows.

A value is what a JSON parser gives in Python; `MISSING` is what JavaScript calls undefined.
"""

from __future__ import annotations

from contracts.javascript.dates import clipped, date_ms, utc_ms
from contracts.javascript.members import FUNCTION, entries, member, members_of
from contracts.javascript.units import cut_units, joined, units
from contracts.javascript.values import MISSING, Missing, number_of, number_text, text_of, trimmed, truthy
from contracts.javascript.writing import json_text

__all__ = [
    "FUNCTION",
    "MISSING",
    "Missing",
    "clipped",
    "cut_units",
    "date_ms",
    "entries",
    "joined",
    "json_text",
    "member",
    "members_of",
    "number_of",
    "number_text",
    "text_of",
    "trimmed",
    "truthy",
    "units",
    "utc_ms",
]
