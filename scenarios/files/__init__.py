"""Scenario files: read, composed, checked for shape, names resolved; and the schema that editors complete them by."""

from __future__ import annotations

from scenarios.files.document import Document, read_document, shown
from scenarios.files.format import DEFAULT_START, DEFAULT_TARGETS, read_scenario, seconds
from scenarios.files.plan import Scenario, Step
from scenarios.files.shape import SCHEMA_FILE, nearest, schema_text, start_text
from scenarios.files.writing import yaml_of

__all__ = [
    "DEFAULT_START",
    "DEFAULT_TARGETS",
    "SCHEMA_FILE",
    "Document",
    "Scenario",
    "Step",
    "nearest",
    "read_document",
    "read_scenario",
    "schema_text",
    "seconds",
    "shown",
    "start_text",
    "yaml_of",
]
