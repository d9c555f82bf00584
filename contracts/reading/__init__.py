"""Reading: text becomes records, and everything wrong with it a place: strict JSON, exports, sizes on the wire."""

from __future__ import annotations

from contracts.reading.calls import Recorded, recorded_calls, unpacked
from contracts.reading.curl import read_curl
from contracts.reading.export import read_export, user_ids
from contracts.reading.forms import CURL, EXPORT, JOURNAL, RECORDING, SQLITE, Form, document_form, form_of
from contracts.reading.locate import Lines, Span, Spans, line_and_column, locate
from contracts.reading.records import Fault, Record, read
from contracts.reading.strict_csv import LONGEST_RECORD, CsvRecords, NotCsv
from contracts.reading.strict_json import parse_json
from contracts.reading.wire import LIMITS, json_size, on_the_wire

__all__ = [
    "CURL",
    "EXPORT",
    "JOURNAL",
    "LIMITS",
    "LONGEST_RECORD",
    "RECORDING",
    "SQLITE",
    "CsvRecords",
    "Fault",
    "Form",
    "Lines",
    "NotCsv",
    "Record",
    "Recorded",
    "Span",
    "Spans",
    "document_form",
    "form_of",
    "json_size",
    "line_and_column",
    "locate",
    "on_the_wire",
    "parse_json",
    "read",
    "read_curl",
    "read_export",
    "recorded_calls",
    "unpacked",
    "user_ids",
]
