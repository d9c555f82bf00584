"""The twin's answer to a question, in the words of published.js."""

from __future__ import annotations

import math
from typing import Any

from contracts.fql import FilterBreaks, generate, parse


def twin(query: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the twin says of a filter and events; what an exception says is left out."""
    read = parse(query)
    if read.tree is None:
        return {"error": read.error, "ast": None, "text": None, "matches": [{"value": False}] * len(events)}
    found: dict[str, Any] = {"error": None, "ast": _as_json(read.tree.as_dict()), "matches": []}
    try:
        found["text"] = {"value": generate(read.tree)}
    except ValueError:
        found["text"] = {"error": "breaks"}
    for each in events:
        try:
            found["matches"].append({"value": read.matches(each)})
        except FilterBreaks:
            found["matches"].append({"error": "breaks"})
    return found


def without_words(found: dict[str, Any]) -> dict[str, Any]:
    """Return the package's answer without what a thrown exception says."""
    matches = [{"error": "breaks"} if "error" in each else each for each in found["matches"]]
    text = {"error": "breaks"} if found["text"] and "error" in found["text"] else found["text"]
    return {"error": found["error"], "ast": found["ast"], "text": text, "matches": matches}


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
