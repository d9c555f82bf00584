"""Ingest: what Amplitude's edge answers to an upload of events, and what becomes of each of them."""

from __future__ import annotations

from mock_amplitude.ingest.aliases import MAPPING_PATH, mapping_key, read_mappings
from mock_amplitude.ingest.checking import MIN_ID_LENGTH, wrong_with, wrong_with_identifications
from mock_amplitude.ingest.exported import exported, stamp
from mock_amplitude.ingest.fold import SETTLED_BY, Happening, Ingested, IngestFold
from mock_amplitude.ingest.hours import HOUR, entries_in, hours_between
from mock_amplitude.ingest.newcomers import ArrivedPeople, Newcomer, Turn
from mock_amplitude.ingest.pace import Pace
from mock_amplitude.ingest.paced import PaceFold
from mock_amplitude.ingest.properties import NOT_ACTIVE
from mock_amplitude.ingest.uploads import (
    KINDS,
    LARGEST,
    PLACES,
    Kind,
    NotTaken,
    Upload,
    read_entry,
    read_upload,
    too_large,
)

__all__ = [
    "HOUR",
    "KINDS",
    "LARGEST",
    "MAPPING_PATH",
    "MIN_ID_LENGTH",
    "NOT_ACTIVE",
    "PLACES",
    "SETTLED_BY",
    "ArrivedPeople",
    "Happening",
    "IngestFold",
    "Ingested",
    "Kind",
    "Newcomer",
    "NotTaken",
    "Pace",
    "PaceFold",
    "Turn",
    "Upload",
    "entries_in",
    "exported",
    "hours_between",
    "mapping_key",
    "read_entry",
    "read_mappings",
    "read_upload",
    "stamp",
    "too_large",
    "wrong_with",
    "wrong_with_identifications",
]
