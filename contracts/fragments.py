"""Small words for writing rules as JSON Schema: each returns a fragment that says one thing.

Fragments name the type beside every keyword that needs one, so that strict validators (ajv) load them. What is
absent or null meets every fragment: that something must be there is always its own rule.
"""

from __future__ import annotations

from typing import Any

Fragment = dict[str, Any]

SPACE = "[ \\t\\n\\r\\f\\v\u00a0\u2007\u202f\u3000\ufeff]"
"""White space as a pattern that means the same to ECMA-262, Python and Rust; `\\s` does not."""

TEXT: Fragment = {"type": ["string", "null"]}
FILLED_TEXT: Fragment = {"type": ["string", "null"], "minLength": 1}
OBJECT: Fragment = {"type": ["object", "null"]}
NUMBER: Fragment = {"type": ["number", "null"]}
PRESENT: Fragment = {"not": {"type": "null"}}


def root(**properties: Fragment) -> Fragment:
    """Say something about fields of the event itself."""
    return {"type": "object", "properties": properties}


def when_object(**keywords: Any) -> Fragment:
    """Say something about a value if it is an object; that it must be one is another rule's business."""
    return {"if": {"type": "object"}, "then": {"type": "object", **keywords}}


def inside(path: str, schema: Fragment) -> Fragment:
    """Say something about what stands at a slash-separated path, wherever the way there exists."""
    first, *rest = path.split("/")
    for name in reversed(rest):
        schema = when_object(properties={name: schema})
    return root(**{first: schema})


def each(path: str, schema: Fragment) -> Fragment:
    """Say something about every value of the object at a path."""
    return inside(path, when_object(additionalProperties=schema))


def names_unlike(path: str, pattern: str) -> Fragment:
    """Say that no name in the object at a path matches a pattern."""
    return inside(path, when_object(propertyNames={"not": {"type": "string", "pattern": pattern}}))


def needs(*fields: str) -> Fragment:
    """Say that fields are there and not null."""
    return {"type": "object", "properties": dict.fromkeys(fields, PRESENT), "required": list(fields)}


def text_unlike(pattern: str) -> Fragment:
    """Say that a value, when it is a string, does not match a pattern."""
    return {"not": {"type": "string", "pattern": pattern}}
