"""Read a YAML file into plain data that remembers where every value stands.

Uses PyYAML's safe composer, never its object constructors. A duplicate key is an error, an alias is
followed, and a path into the data can be turned back into a line and a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scenarios.errors import BadScenario, Place

Path_ = tuple[str | int, ...]
MAX_BYTES = 4_000_000  # a scenario is read by people; this bounds what a mistaken file can cost


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file, with the place of each value and of each key, by its path of keys and indexes."""

    file: str
    data: Any
    places: dict[Path_, Place]
    keys: dict[Path_, Place]

    def place(self, path: Sequence[str | int]) -> Place:
        """Return where a value stands, or the nearest value around it."""
        steps = tuple(path)
        while steps and steps not in self.places:
            steps = steps[:-1]
        return self.places[steps]

    def key(self, path: Sequence[str | int]) -> Place:
        """Return where the last key of a path stands."""
        return self.keys.get(tuple(path)) or self.place(path)


def read_document(path: Path) -> Document:
    """Read a scenario file, or say what is wrong with it and where."""
    start = Place(str(path), 1, 1)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadScenario(start, f"the file has {size} bytes, a scenario has at most {MAX_BYTES}.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadScenario(start, f"cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadScenario(start, f"is not UTF-8 text (byte {error.start}).") from error
    return parse_document(text, str(path))


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text into a document."""
    start = Place(file, 1, 1)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else start
        raise BadScenario(place, f"is not YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise BadScenario(start, f"is not YAML: {error}.") from error
    except RecursionError as error:
        raise BadScenario(start, "is nested too deeply.") from error
    if root is None:
        raise BadScenario(start, "is empty; `cohortlab run --example` prints one to start from.")
    reader = _Reader(file)
    return Document(file, reader.value(root, ()), reader.places, reader.keys)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._scalars = yaml.constructor.SafeConstructor()
        self._above: set[int] = set()
        self.places: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}

    def value(self, node: yaml.Node, path: Path_) -> Any:
        place = self._place(node)
        self.places[path] = place
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if id(node) in self._above:
            raise BadScenario(place, "an alias refers to the value it is part of.")
        self._above.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self._above.discard(id(node))

    def _mapping(self, node: yaml.Node, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                raise BadScenario(place, "a key must be a word.")
            key = str(key_node.value)
            if key in result:
                raise BadScenario(place, f"the key {key!r} stands here twice.")
            self.keys[*path, key] = place
            result[key] = self.value(value_node, (*path, key))
        return result

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value  # times stay text; the schema says where one is expected
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise BadScenario(place, f"the value {node.value!r} cannot be read.") from error

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
