"""What editors complete in a scenario file beyond its shape: the faults and settings of both fakes, from their tables.

`make docs` writes them into scenario.schema.json. The runner leaves them to the fakes, whose words for what is wrong
are better.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from downstream.routing import VENDOR_FAULTS, RoutingSettings
from downstream.warehouse import WarehouseSettings
from mock_amplitude import AmplitudeFake, AmplitudeSettings
from mock_core.control import fault_schema, match_schema, settings_schema
from mock_core.faults import Fault
from mock_segment import SegmentFake, SegmentSettings
from scenarios.files.shape import PARAMETER, schema

WIDTH = 140
_MATCH = {
    "route": "A path, or the beginning of one and *.",
    "method": "The method of the calls.",
    "key": "The write key or API key of the calls.",
    "user": "The userId or anonymousId of an event in the call: the fault stays with it (Segment).",
    "message_id": "The messageId of an event in the call (Segment).",
    "times": "How often it strikes. Default 1; null: until lifted.",
    "skip": "How many such calls pass first. Default 0.",
    "probability": "The chance of each call to be struck. Default 1.",
    "since": "From when on, in the lab's time.",
    "until": "Until when, in the lab's time.",
}
_NAME = {"type": "string", "pattern": PARAMETER}


def published() -> str:
    """Return scenario.schema.json as it must be."""
    match = _open(match_schema())
    for name, each in match["properties"].items():
        each["description"] = _MATCH[name]
    of_the_fakes = {
        "fault_name": {"type": "string", "minLength": 1, "description": "A name to lift it by."},
        "match": {**match, "description": "Which calls it strikes."},
        "amplitude_settings": _open(settings_schema(AmplitudeSettings())),
        "segment_settings": _open(settings_schema(SegmentSettings())),
        "destination_settings": _open(settings_schema(RoutingSettings())),
        "warehouse_settings": _open(settings_schema(WarehouseSettings())),
        "amplitude_fault": _faults("amplitude", AmplitudeFake.fault_kinds),
        "segment_fault": _faults("segment", SegmentFake.fault_kinds),
        "destination_fault": _faults(None, VENDOR_FAULTS),
    }
    shape = schema()
    return _written({**shape, "$defs": shape["$defs"] | of_the_fakes}) + "\n"


def main(root: Path) -> None:
    """Write the file anew."""
    (root / "scenarios" / "files" / "scenario.schema.json").write_text(published(), encoding="utf-8")


def _faults(on: str | None, kinds: Mapping[str, type[Fault]]) -> dict[str, Any]:
    """Return the shapes of a fault step on one fake, or on the vendor of a destination."""
    where = {"not": {"enum": ["amplitude", "segment"]}} if on is None else {"const": on}
    shapes: dict[str, Any] = _open(fault_schema(kinds))
    for shape in shapes["oneOf"]:
        told = {"description": shape["description"]}
        shape["properties"] = {
            "on": {**where, "description": "What it strikes."},
            "as": {"$ref": "#/$defs/fault_name"},
            **{name: {**told, **each} for name, each in shape["properties"].items()},
            "match": {"$ref": "#/$defs/match"},
        }
        shape["required"] = ["on", *shape["required"]]
    return shapes


def _open(node: Any) -> Any:
    """Let a parameter ($name) stand for any value that is no text."""
    if isinstance(node, list):
        return [_open(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "enum" in node or node.get("type") in {"integer", "number", "boolean", "null"}:
        described = {name: node[name] for name in ("default", "description") if name in node}
        return {**described, "anyOf": [{k: v for k, v in node.items() if k not in described}, _NAME]}
    if "anyOf" in node:
        return {**node, "anyOf": [*node["anyOf"], _NAME]}
    return {name: _open(each) if name != "default" else each for name, each in node.items()}


def _written(node: Any, indent: str = "") -> str:
    """Write JSON with whatever fits on a line on one."""
    line = json.dumps(node, ensure_ascii=False)
    if not node or not isinstance(node, (dict, list)) or len(indent) + len(line) <= WIDTH:
        return line
    inner = indent + "  "
    if isinstance(node, list):
        return "[\n" + ",\n".join(inner + _written(each, inner) for each in node) + f"\n{indent}]"
    pairs = (f"{inner}{json.dumps(name)}: {_written(each, inner)}" for name, each in node.items())
    return "{\n" + ",\n".join(pairs) + f"\n{indent}}}"
