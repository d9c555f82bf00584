"""The shape of a scenario file: checked against its JSON Schema, the first mistake told in plain words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from scenarios.document import Document
from scenarios.errors import BadScenario


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files."""
    text = files("scenarios").joinpath("scenario.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=FormatChecker())


def check_shape(document: Document) -> None:
    """Raise `BadScenario` for the mistake to mend first."""
    errors = [best_match([error]) or error for error in _validator().iter_errors(document.data)]
    if errors:
        raise _bad(document, min(errors, key=lambda error: _urgency(document, error)))


def _urgency(document: Document, error: ValidationError) -> tuple[bool, int, int]:
    """Put a misspelt key first, since it makes others look missing; then what stands first in the file."""
    place = document.place(list(error.absolute_path))
    return error.validator != "additionalProperties", place.line, place.column


def _bad(document: Document, error: ValidationError) -> BadScenario:
    path = list(error.absolute_path)
    instance, rule, fragment = error.instance, cast("Any", error.validator_value), cast("Any", error.schema)
    if error.validator == "additionalProperties" and isinstance(instance, dict):
        known = fragment.get("properties", {})
        unknown = next(name for name in instance if name not in known)
        return BadScenario(document.key([*path, unknown]), f"{_at(path)} has no {unknown!r}; {nearest(unknown, known)}")
    if error.validator == "required" and isinstance(instance, dict):
        missing = next(name for name in rule if name not in instance)
        return BadScenario(document.place(path), f"{_at(path)} lacks {missing!r}.")
    if error.validator == "enum":
        return BadScenario(
            document.place(path), f"{_at(path)} is {instance!r}; {nearest(str(instance), map(str, rule))}"
        )
    if error.validator == "type":
        quoted = " Put it in quotes." if rule == "string" and isinstance(instance, (int, float, bool)) else ""
        return BadScenario(document.place(path), f"{_at(path)} is {instance!r}, expected {_kind(rule)}.{quoted}")
    if error.validator == "pattern":
        told = fragment.get("description", f"text like {rule}")
        return BadScenario(document.place(path), f"{_at(path)} is {instance!r}, expected: {told}")
    return BadScenario(document.place(path), f"{_at(path)}: {error.message}.")


def _at(path: list[str | int]) -> str:
    return "the scenario" if not path else "/".join(str(step) for step in path)


def _kind(rule: str | list[str]) -> str:
    return rule if isinstance(rule, str) else " or ".join(rule)


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which word was probably meant, or which there are."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(words)}."
