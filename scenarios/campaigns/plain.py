"""Plain: results as JSON and back, so that a folder is read and nothing in it is run.

A value is itself; a list, tuple or mapping is an array that begins with what it is, and a dataclass one that begins
with its name. Only the classes that are named can come of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any


class Plain:
    """Writes and reads values of these dataclasses; fields named in `without` are left out and read as None."""

    def __init__(self, classes: Iterable[type], without: Iterable[str] = ()) -> None:
        self._without = frozenset(without)
        self._classes = {each.__name__: each for each in classes}
        self._fields = {name: [field.name for field in fields(each)] for name, each in self._classes.items()}

    def text(self, value: Any) -> str:
        """Return a value as one line of JSON."""
        return json.dumps(self._written(value), separators=(",", ":"))

    def value(self, text: str | bytes) -> Any:
        """Read what `text` wrote; raises ValueError for anything else."""
        try:
            return self._read(json.loads(text))
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"no value of ours: {error}") from error

    def _written(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Mapping):
            return ["m", *([self._written(key), self._written(each)] for key, each in value.items())]
        if isinstance(value, list | tuple):
            return ["l" if isinstance(value, list) else "t", *map(self._written, value)]
        name = type(value).__name__
        if self._classes.get(name) is not type(value):
            raise TypeError(f"{name} is not written to the folder of a campaign")
        names = self._fields[name]
        return [name, *(None if each in self._without else self._written(getattr(value, each)) for each in names)]

    def _read(self, told: Any) -> Any:
        if not isinstance(told, list):
            return told
        kind, *rest = told
        if kind == "m":
            return {self._read(key): self._read(each) for key, each in rest}
        values = [self._read(each) for each in rest]
        if kind == "l":
            return values
        if kind == "t":
            return tuple(values)
        return self._classes[kind](**dict(zip(self._fields[kind], values, strict=True)))
