"""From an event to what an action is given: a mapping's directives, then its fields' types.

A twin of `@segment/actions-core` 3.170.0, oddities included, held against it by a test (destination facts 3, 5).
"""

from __future__ import annotations

from downstream.mapping.directives import transform
from downstream.mapping.errors import MappingError, PayloadRefused
from downstream.mapping.fields import Field, checked, without_empty
from downstream.mapping.formats import day_ms
from downstream.mapping.shape import faults

__all__ = ["Field", "MappingError", "PayloadRefused", "checked", "day_ms", "faults", "transform", "without_empty"]
