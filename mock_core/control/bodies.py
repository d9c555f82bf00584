"""JSON Schemas of what one tells a lab, written from the tables that read it: faults and settings.

They are for the OpenAPI document. What is told is judged by the tables themselves, which know better words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mock_core.faults import Fault, Match
from mock_core.settings import LARGEST, described

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Schema = dict[str, Any]
_TYPES: Mapping[str, Schema] = {
    "int": {"type": "integer", "minimum": 0},
    "float": {"type": "number", "minimum": 0},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "tuple[int, ...]": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
}
_TIME: Schema = {"type": "string", "format": "date-time"}


def fault_schema(kinds: Mapping[str, type[Fault]]) -> Schema:
    """Describe the body that arms a fault: one shape for each kind."""
    match, shapes = match_schema(), []
    for name, kind in kinds.items():
        shape = _object(kind)
        shape["description"] = (kind.__doc__ or "").splitlines()[0]
        shape["properties"] = {"fault": {"const": name}, "match": match, **shape["properties"]}
        shape["required"] = ["fault", *shape["required"]]
        shapes.append(shape)
    return {"oneOf": shapes}


def match_schema() -> Schema:
    """Describe which calls a fault strikes."""
    match = _object(Match)
    for name in ("since", "until"):
        match["properties"][name]["anyOf"].append(_TIME)
    return match


def settings_schema(settings: DataclassInstance) -> Schema:
    """Describe the body that changes settings: each by its name."""
    properties = {}
    for each in described(settings):
        kind = _kind(each["default"])
        choices = {"enum": each["choices"]} if each["choices"] else {}
        properties[each["name"]] = {**kind, **choices, "default": each["default"], "description": each["doc"]}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _object(kind: type[DataclassInstance]) -> Schema:
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if field.default is dataclasses.MISSING],
        "properties": {
            field.name: {"anyOf": [_TYPES[part.strip()] for part in str(field.type).split("|")]} for field in fields
        },
    }


def _kind(default: Any) -> Schema:
    if default is None:
        return {"type": "null"}
    if isinstance(default, bool):
        return {"type": "boolean"}
    if isinstance(default, (int, float)):
        return {"type": "number", "minimum": 0, "maximum": LARGEST}
    return {"type": "string"}
