"""Reading: text becomes records, and everything wrong with it a place: strict JSON, exports, sizes on the wire."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from contracts.reading.locate import Lines, Span, Spans, line_and_column, locate
from contracts.reading.strict_json import parse_json

if TYPE_CHECKING:
    from contracts.reading.blocks import Alike
    from contracts.reading.calls import Recorded, recorded_calls, unpacked
    from contracts.reading.cohort_list import CohortList, Listed
    from contracts.reading.curl import read_curl
    from contracts.reading.export import read_export, user_ids
    from contracts.reading.forms import (
        CURL,
        EXPORT,
        JOURNAL,
        RECORDED_IN_YAML,
        RECORDING,
        SQLITE,
        Form,
        document_form,
        form_of,
    )
    from contracts.reading.records import Fault, Record, read, read_sifted
    from contracts.reading.strict_csv import LONGEST_RECORD, CsvRecords, NotCsv
    from contracts.reading.wire import LIMITS, json_size, on_the_wire
    from contracts.reading.yaml_calls import read_yaml_calls
    from contracts.reading.yaml_text import load_yaml

__all__ = [
    "CURL",
    "EXPORT",
    "JOURNAL",
    "LIMITS",
    "LONGEST_RECORD",
    "RECORDED_IN_YAML",
    "RECORDING",
    "SQLITE",
    "Alike",
    "CohortList",
    "CsvRecords",
    "Fault",
    "Form",
    "Lines",
    "Listed",
    "NotCsv",
    "Record",
    "Recorded",
    "Span",
    "Spans",
    "document_form",
    "form_of",
    "json_size",
    "line_and_column",
    "load_yaml",
    "locate",
    "on_the_wire",
    "parse_json",
    "read",
    "read_curl",
    "read_export",
    "read_sifted",
    "read_yaml_calls",
    "recorded_calls",
    "unpacked",
    "user_ids",
]

# Where each name lives. They are loaded when they are first asked for: an edge that parses JSON reads no export.
_HOMES = {
    "Alike": "blocks",
    "CURL": "forms",
    "CohortList": "cohort_list",
    "CsvRecords": "strict_csv",
    "EXPORT": "forms",
    "Fault": "records",
    "Form": "forms",
    "JOURNAL": "forms",
    "LIMITS": "wire",
    "LONGEST_RECORD": "strict_csv",
    "Listed": "cohort_list",
    "NotCsv": "strict_csv",
    "RECORDED_IN_YAML": "forms",
    "RECORDING": "forms",
    "Record": "records",
    "Recorded": "calls",
    "SQLITE": "forms",
    "document_form": "forms",
    "form_of": "forms",
    "json_size": "wire",
    "load_yaml": "yaml_text",
    "on_the_wire": "wire",
    "read": "records",
    "read_curl": "curl",
    "read_export": "export",
    "read_sifted": "records",
    "read_yaml_calls": "yaml_calls",
    "recorded_calls": "calls",
    "unpacked": "calls",
    "user_ids": "export",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
