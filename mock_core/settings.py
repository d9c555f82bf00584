"""Settings: every guess about a vendor is a named field with a documented default, listed in one place.

A fake declares one frozen dataclass whose fields are made with `setting`. Changing them goes through
`changed`, which knows the types and the choices, so that a wrong value is a sentence and not a surprise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from contracts.nearest import nearest
from mock_core.errors import BadControl

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LARGEST = 1_000_000_000
S = TypeVar("S", bound="DataclassInstance")


def setting(
    default: Any,
    doc: str,
    *,
    source: str,
    choices: tuple[Any, ...] = (),
    check: tuple[Callable[[Any], bool], str] | None = None,
) -> Any:
    """Declare a setting: its default, what it decides, the fact (or the gap in the facts) it rests on.

    `check` says whether a value of the right kind can be used, and what is expected, where there are no few choices.
    """
    return dataclasses.field(
        default=default, metadata={"doc": doc, "source": source, "choices": choices, "check": check}
    )


def described(settings: DataclassInstance) -> list[dict[str, Any]]:
    """List every setting with its value, default, choices, meaning and source."""
    return [
        {
            "name": field.name,
            "value": getattr(settings, field.name),
            "default": field.default,
            "choices": list(field.metadata["choices"]),
            "doc": field.metadata["doc"],
            "source": field.metadata["source"],
        }
        for field in dataclasses.fields(settings)
    ]


def changed(settings: S, changes: Mapping[str, Any]) -> S:
    """Return the settings with some values changed, or say which name or value is wrong."""
    fields = {field.name: field for field in dataclasses.fields(settings)}
    chosen = dict(changes)
    for name, value in changes.items():
        if name not in fields:
            raise BadControl(f"There is no setting {name!r}: {nearest(name, fields)}")
        field = fields[name]
        choices = field.metadata["choices"]
        if choices and value not in choices:
            raise BadControl(f"Setting {name!r} is {value!r}, expected one of {', '.join(map(repr, choices))}.")
        if choices:
            chosen[name] = choices[choices.index(value)]  # 404.0 is 404, and is written so
        if not _same_kind(value, field.default):
            raise BadControl(f"Setting {name!r} is {value!r}, expected a {_kind(field.default)}.")
        check = field.metadata.get("check")
        if check is not None and not check[0](value):
            raise BadControl(f"Setting {name!r} is {value!r}, expected {check[1]}.")
        if isinstance(value, (int, float)) and not 0 <= value <= LARGEST:  # none counts below nothing; NaN fails too
            raise BadControl(f"Setting {name!r} is {value!r}, expected a number from 0 to {LARGEST}.")
    return dataclasses.replace(settings, **chosen)


def adopted(settings: S, changes: Mapping[str, Any]) -> tuple[S, list[str]]:
    """Return the settings changed as a journal says, and a note for each that another version has and this has not."""
    fields = {field.name: field for field in dataclasses.fields(settings)}
    known, notes = {}, []
    for name, value in changes.items():
        if name not in fields:
            notes.append(f"Setting {name!r} of the journal is none of this version: it is left out.")
        elif (choices := fields[name].metadata["choices"]) and isinstance(value, str) and value not in choices:
            notes.append(f"Setting {name!r} of the journal is {value!r}, which this version does not know: left out.")
        else:
            known[name] = value
    return changed(settings, known), notes


def _same_kind(value: Any, default: Any) -> bool:
    if default is None or value is None:
        return default is None
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, (int, float)):
        return isinstance(value, (int, float))
    return isinstance(value, type(default))


def _kind(default: Any) -> str:
    names = {bool: "true or false", int: "number", float: "number", str: "string"}
    return names.get(type(default), type(default).__name__)
