"""The table of destinations: what each does with a cohort's identify, measured with Segment's own code."""

from downstream.table.contract import as_contract
from downstream.table.layers import Step, Steps, at, layer_of, paths_of, spelt, taken_apart
from downstream.table.page import page
from downstream.table.reading import UnknownDestinationName, row_named, table, table_version, written
from downstream.table.row import PLACEHOLDER, Landing, Refusal, Row, row_as_dict, row_of
from downstream.table.rules import KEY_RULES, MEASURED_VALUES, Unmeasured, kind_of, value_rule
from downstream.table.telling import arrival_words, as_json, by_words, card, key_words, need_words, value_words

__all__ = [
    "KEY_RULES",
    "MEASURED_VALUES",
    "PLACEHOLDER",
    "Landing",
    "Refusal",
    "Row",
    "Step",
    "Steps",
    "UnknownDestinationName",
    "Unmeasured",
    "arrival_words",
    "as_contract",
    "as_json",
    "at",
    "by_words",
    "card",
    "key_words",
    "kind_of",
    "layer_of",
    "need_words",
    "page",
    "paths_of",
    "row_as_dict",
    "row_named",
    "row_of",
    "spelt",
    "table",
    "table_version",
    "taken_apart",
    "value_rule",
    "value_words",
    "written",
]
