"""Forms made from tables: what a fault or a setting takes, as fields of a page, and what was filled in, read back.

Nothing here knows a fault or a setting by name: what the tables of the fakes have, the pages have.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mock_core.errors import BadControl

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NUMBERS = {"int": "a whole number", "float": "a number"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, the kinds it takes (`int`, `float`, `str`, `bool`, `numbers`), its default in words."""

    name: str
    kinds: tuple[str, ...]
    is_required: bool = False
    default: str = ""
    choices: Sequence[str] = ()

    @property
    def is_number(self) -> bool:
        return bool({"int", "float"} & {*self.kinds}) and "str" not in self.kinds

    @property
    def label(self) -> str:
        return self.name.replace("_", " ")

    def read(self, said: str) -> Any:
        """Return the value that was filled in, or raise `BadControl`; None when nothing was."""
        said = said.strip()
        if not said:
            if self.is_required:
                raise BadControl(f"{self.label} is empty, expected {self.expected}.")
            return None
        if "bool" in self.kinds and said.lower() in {"true", "false"}:
            return said.lower() == "true"
        try:
            if "numbers" in self.kinds:
                return [int(each) for each in said.replace(",", " ").split()]
            if "int" in self.kinds and said.lstrip("-").isdecimal():
                return int(said)
            if "float" in self.kinds:
                return float(said)
        except ValueError:
            pass
        if "str" in self.kinds:
            return said
        raise BadControl(f"{self.label} is {said[:80]!r}, expected {self.expected}.")

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        if "numbers" in self.kinds:
            return "whole numbers, apart by spaces"
        if "bool" in self.kinds:
            return "true or false"
        return next((words for kind, words in _NUMBERS.items() if kind in self.kinds), "some text")


def fields_of(kind: type[DataclassInstance]) -> list[Field]:
    """Return the fields of a dataclass, such as a fault."""
    found = []
    for field in dataclasses.fields(kind):
        kinds = tuple(
            "numbers" if part.strip().startswith("tuple[int") else part.strip() for part in str(field.type).split("|")
        )
        is_required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        default = "" if is_required or field.default in {None, dataclasses.MISSING} else str(field.default)
        found.append(
            Field(field.name, kinds, is_required, default.lower() if default in {"True", "False"} else default)
        )
    return found


def filled(fields: Sequence[Field], form: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """Return what was filled in, without what was left empty; the names in the form may have a `prefix`."""
    read = {field.name: field.read(form.get(f"{prefix}{field.name}", "")) for field in fields}
    return {name: value for name, value in read.items() if value is not None}


def setting_field(described: Mapping[str, Any]) -> Field:
    """Return the field of a setting, as a fake describes it."""
    default = described["default"]
    if isinstance(default, bool):
        kinds: tuple[str, ...] = ("bool",)
    elif isinstance(default, int | float):
        kinds = ("int", "float")
    else:
        kinds = ("str",)
    choices = [as_word(choice) for choice in described["choices"]]
    return Field(described["name"], kinds, True, as_word(default), choices)


def as_word(value: object) -> str:
    """Write a value as a field has it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
