"""The shape of a scenario file: checked against its JSON Schema, the first mistake told in plain words."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final, cast

from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError, best_match

from scenarios.errors import BadScenario, together
from scenarios.files.document import SHOWN, Document, shown

MOST_MISTAKES = 1_000  # looked at
MOST_TOLD = 20
MOST_WORDS = 20_000  # looked through for the nearest
LISTED = 40
PARAMETER = r"^\$"  # the pattern, or the beginning of one, that lets $name stand in the published schema
# For editors: the fakes themselves say in better words what is wrong with a fault or a setting.
_OF_THE_FAKES = (
    *("amplitude_settings", "segment_settings", "destination_settings", "warehouse_settings"),
    *("amplitude_fault", "segment_fault", "destination_fault", "match", "fault_name"),
)
_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


_FORMER = {  # words that steps had, with what says the same now
    "tell": "it is `identify` now: identify: {users: [ada], traits: {power: false}}, with the cohort's short name.",
}
SCHEMA_FILE: Final = "scenario.schema.json"


def schema_text() -> str:
    """Return the JSON Schema of scenario files as it is published."""
    return files(__package__).joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


def start_text() -> str:
    """Return the commented scenario that people start from."""
    return files(__package__).joinpath("start.cohort.yaml").read_text(encoding="utf-8")


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files."""
    loaded: dict[str, Any] = json.loads(schema_text())
    return loaded


def _strict(node: Any) -> Any:
    """Return the schema of what a file says once its parameters are in their places, where $name stands for nothing."""
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {name: _strict(each) for name, each in node.items()}
    pattern = node.get("pattern")
    if pattern == PARAMETER:
        kinds = [kind for kind in node["type"] if kind != "string"]
        return {name: each for name, each in node.items() if name != "pattern"} | {
            "type": kinds if len(kinds) > 1 else kinds[0]
        }
    if isinstance(pattern, str):
        node["pattern"] = pattern.removeprefix(f"{PARAMETER}|")
    return node


def _is_number(_: object, value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@cache
def _validator() -> Any:
    # JSON Schema takes 3.0 for an integer. What counts people does not.
    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": lambda _, value: type(value) is int, "number": _is_number}
    )
    strict: Any = validators.extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    published = schema()
    rules = {**published, "$defs": {**published["$defs"], **dict.fromkeys(_OF_THE_FAKES, True)}}
    return strict(_strict(rules), format_checker=FormatChecker())


def check_shape(document: Document) -> None:
    """Raise `BadScenario` for what is to be mended, the mistake to mend first at its head."""
    found = islice(_validator().iter_errors(document.data), MOST_MISTAKES)
    errors = sorted((best_match([error]) or error for error in found), key=lambda error: _urgency(document, error))
    misspelt = {tuple(error.absolute_path) for error in errors if error.validator == "additionalProperties"}
    mistakes: list[BadScenario] = []
    told: set[tuple[object, ...]] = set()
    for error in errors:
        path = tuple(error.absolute_path)
        is_key = error.validator == "additionalProperties"
        if path in told or (path in misspelt and error.validator == "required"):
            continue  # one value is told one mistake, and a misspelt key makes another look missing
        if not is_key:
            told.add(path)
        mistakes += _bad(document, error)
    if mistakes:
        raise together(mistakes[:MOST_TOLD])


def _urgency(document: Document, error: ValidationError) -> tuple[bool, int, int]:
    """Put a misspelt key first, since it makes others look missing; then what stands first in the file."""
    place = document.place(list(error.absolute_path))
    return error.validator != "additionalProperties", place.line, place.column


def _bad(document: Document, error: ValidationError) -> list[BadScenario]:
    path, instance, fragment = list(error.absolute_path), error.instance, cast("Any", error.schema)
    if error.validator == "additionalProperties" and isinstance(instance, dict):
        known = fragment.get("properties", {})
        former = _FORMER if len(path) == 2 and path[0] == "steps" else {}
        return [
            BadScenario(
                document.key([*path, name]),
                f"{_at(path)} has no {shown(name)}; {former.get(name) or nearest(name, known)}",
            )
            for name in instance
            if name not in known
        ]
    return [BadScenario(document.place(path), f"{_at(path)} {_told(error, instance, fragment)}")]


def _told(error: ValidationError, instance: Any, fragment: Any) -> str:
    """Say in words what is wrong with a value."""
    rule = cast("Any", error.validator_value)
    described = fragment.get("description", "")
    match error.validator:
        case "required":
            return f"lacks {next(name for name in rule if name not in instance)!r}."
        case "anyOf":
            return f"does not say who: {nearest('', [each['required'][0] for each in rule]).removeprefix('known: ')}"
        case "enum":
            return f"is {shown(instance)}; {nearest(str(instance), [_word(each) for each in rule])}"
        case "pattern":
            return f"is {shown(instance)}, expected: {described or f'text like {rule}'}"
        case "type" if "pattern" in fragment and described:
            return f"is {shown(instance)}, expected: {described}"
        case "type":
            quoted = " Put it in quotes." if rule == "string" and isinstance(instance, (int, float, bool)) else ""
            return f"is {shown(instance)}, expected {_kind(rule)}.{quoted}"
        case "minLength" | "minItems" | "minProperties":
            return "is empty."
        case "maxProperties":
            hint = " Every step has a dash of its own." if "sync" in fragment.get("properties", {}) else ""
            return f"has {len(instance)} keys ({', '.join(list(instance)[:4])}), expected {rule}.{hint}"
        case "minimum":
            return f"is {shown(instance)}, expected at least {rule}."
        case "maximum":
            return f"is {shown(instance)}, expected at most {rule}."
    return f"is not as expected: {error.message[:200]}."


def _at(path: list[str | int]) -> str:
    """Name a value by its keys; what stands in a list counts from 1, as steps do in reports."""
    return "/".join(str(step + 1) if isinstance(step, int) else step[:SHOWN] for step in path) or "the scenario"


def _kind(rule: str | list[str]) -> str:
    return " or ".join(_KINDS.get(each, each) for each in ([rule] if isinstance(rule, str) else rule))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.5, or_list: bool = True) -> str:
    """Say which word was probably meant, or which there are; without `or_list` nothing in their stead."""
    words = sorted(islice(known, MOST_WORDS))
    close = difflib.get_close_matches(word[:SHOWN], words, n=1, cutoff=cutoff)
    if close:
        return f"did you mean {shown(close[0])}?"
    if not or_list:
        return ""
    told = ", ".join(each if len(each) <= SHOWN else shown(each) for each in words[:LISTED])
    more = f" and {len(words) - LISTED} more" if len(words) > LISTED else ""
    return f"known: {told}{more}." if words else "there are none."
