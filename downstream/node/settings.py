"""Settings of a destination: from a file, or placeholders that its own schema takes where a lab needs no real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from contracts.nearest import near
from downstream.node.errors import BadSettings

_OAUTH = {"access_token": "dummy", "refresh_token": "dummy", "clientId": "dummy", "clientSecret": "dummy"}


def read_settings(file: Path) -> dict[str, Any]:
    """Read settings, a JSON object; raise `BadSettings` with the file and what is wrong."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadSettings(f"{file} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise BadSettings(f"{file} holds no JSON object; expected the destination's settings by name")
    return document


def default_settings(slug: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return placeholders for what a destination requires, defaults where it has some (destination facts 1).

    Hosts are under `.invalid`, keys are `dummy`; what its schema would not take of these is in placeholders.json.
    """
    fields: Mapping[str, Mapping[str, Any]] = definition["settings"]
    said = {
        name: _placeholder(name, field)
        for name, field in fields.items()
        if _has_default(field) or field["required"] or field["sometimes"]
    }
    said |= _by_hand().get(slug, {})
    return {name: value for name, value in said.items() if value is not None}


def checked_settings(slug: str, settings: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the destination's defaults; raise `BadSettings` for what it lacks, and what that is for."""
    fields: Mapping[str, Mapping[str, Any]] = definition["settings"]
    missing = [name for name, field in fields.items() if field["required"] and _is_absent(settings.get(name), field)]
    if missing:
        told = "; ".join(f"{name}, {_purpose(fields[name])}" for name in missing)
        unknown = [name for name in settings if name not in fields and name != "oauth"]
        meant = [f"; {name!r} may be meant as {close!r}" for name in unknown if (close := near(name, missing))]
        raise BadSettings(f"the settings of {slug} lack {told}{''.join(meant)}")
    defaults = {name: field["default"] for name, field in fields.items() if _has_default(field)}
    return {**defaults, **settings, "oauth": settings.get("oauth", _OAUTH)}


def dummy_value(name: str, field: Mapping[str, Any]) -> Any:
    """Return what a person might fill into a field of a mapping: the first choice, or a placeholder of its type."""
    if field["choices"] and field["choices"][0]:
        return field["choices"][0]
    if field["multiple"]:
        return [{}] if field["type"] == "object" else [dummy_value(name, {**field, "multiple": False})]
    if field["type"] == "object":
        inner = (field["properties"] or {}).items()
        return {each: dummy_value(each, below) for each, below in inner if below["required"]}
    return {
        "boolean": True,
        "number": 1,
        "integer": 1,
        "datetime": "2026-11-01T12:00:00.000Z",
    }.get(field["type"]) or _text(name, field, "ada@example.com", "https://dummy.invalid/x")


def _placeholder(name: str, field: Mapping[str, Any]) -> Any:
    if _has_default(field):
        return field["default"]
    if field["choices"]:
        return field["choices"][0]
    if field["type"] == "boolean":
        return False
    if field["type"] in ("number", "integer"):
        return 1
    return _text(name, field, "owner@example.com", "https://dummy.invalid")


def _text(name: str, field: Mapping[str, Any], email: str, url: str) -> str:
    if field["format"] == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    if field["format"] == "email" or "email" in name.lower():
        return email
    if field["format"] == "uri" or "url" in name.lower():
        return url
    return "dummy"


def _has_default(field: Mapping[str, Any]) -> bool:
    return field["default"] not in (None, "")


def _is_absent(value: object, field: Mapping[str, Any]) -> bool:
    return value in (None, "") and not _has_default(field)


def _purpose(field: Mapping[str, Any]) -> str:
    described = " ".join(str(field["description"]).split()).rstrip(".")
    return f"{field['label']}: {described}" if described and described != field["label"] else str(field["label"])


@cache
def _by_hand() -> dict[str, dict[str, Any]]:
    text = files(__package__).joinpath("placeholders.json").read_text(encoding="utf-8")
    read: dict[str, dict[str, Any]] = json.loads(text)
    return read
