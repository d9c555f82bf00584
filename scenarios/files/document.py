"""Read a YAML file into plain data that remembers where every value stands.

Uses PyYAML's safe composer, never its object constructors. A duplicate key is an error, an alias is
followed, and a path into the data can be turned back into a line and a column.
"""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scenarios.errors import BadScenario, Place

Path_ = tuple[str | int, ...]
# A scenario is read by people; these bound what a mistaken file can cost.
MAX_BYTES = 1_000_000
MAX_VALUES = 200_000  # with what aliases repeat
MAX_DEPTH = 50
MAX_DIGITS = 100
SHOWN = 80  # characters of a value in a message
_HALF = re.compile("[\ud800-\udfff]")
_TEXTS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_LOADER: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml, where PyYAML was built with it, is ten times as fast


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
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise BadScenario(start, "is a folder, not a file.")
        # A pipe that the shell made is read; one that nobody writes to, or a device, may never end.
        if not stat.S_ISREG(kind) and not (stat.S_ISFIFO(kind) and path.is_relative_to("/dev")):
            raise BadScenario(start, "is a device or a pipe, not a file.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise BadScenario(start, f"cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(data) > MAX_BYTES:
        raise BadScenario(start, f"has more than {MAX_BYTES:,} bytes; long lists of members go into an export.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        raise BadScenario(Place(str(path), before.count(b"\n") + 1, column), "is not UTF-8 text.") from error
    return parse_document(text, str(path))


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text into a document."""
    start = Place(file, 1, 1)
    text = text.removeprefix("\ufeff")
    if odd := yaml.reader.Reader.NON_PRINTABLE.search(text):
        before = text[: odd.start()]
        place = Place(file, before.count("\n") + 1, odd.start() - before.rfind("\n"))
        raise BadScenario(place, f"is not YAML: the character U+{ord(odd[0]):04X} may not stand in it.")
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else start
        rest = text.splitlines()[mark.line : mark.line + 1] if mark else []
        there = rest[0][mark.column : mark.column + 20] if rest and mark else ""
        raise BadScenario(place, f"is not YAML: {error.problem}{f', at {there!r}' if there else ''}.") from error
    except yaml.YAMLError as error:
        raise BadScenario(start, f"is not YAML: {' '.join(str(error).split())}.") from error
    except RecursionError as error:
        raise BadScenario(start, "is nested too deeply.") from error
    if root is None:
        raise BadScenario(start, "is empty; `cohortlab new` writes one to start from.")
    reader = _Reader(file)
    return Document(file, reader.value(root, ()), reader.places, reader.keys)


def shown(value: object) -> str:
    """Return a value as a message shows it: in the words of YAML, and never long."""
    if value is None or isinstance(value, (bool, dict, list)):
        return {bool: str(value).lower(), dict: "a mapping", list: "a list"}.get(type(value), "empty")
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._scalars = yaml.constructor.SafeConstructor()
        self._above: set[int] = set()
        self.places: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}

    def value(self, node: yaml.Node, path: Path_) -> Any:
        place = self._place(node)
        if len(self.places) == MAX_VALUES:
            raise BadScenario(place, f"there are more than {MAX_VALUES:,} values up to here, with what aliases repeat.")
        if len(path) > MAX_DEPTH:
            raise BadScenario(place, "is nested too deeply.")
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
            key = self._text(key_node, place)
            if key in result:
                raise BadScenario(place, f"the key {shown(key)} stands here twice.")
            self.keys[*path, key] = place
            result[key] = self.value(value_node, (*path, key))
        return result

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        text = self._text(node, place)
        if node.tag in _TEXTS:
            return text  # times stay text; the schema says where one is expected
        try:
            if node.tag in _NUMBERS and len(text) > MAX_DIGITS:
                raise ValueError
            value = self._scalars.construct_object(node)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError
        except (yaml.YAMLError, ValueError) as error:
            raise BadScenario(place, f"the value {shown(text)} cannot be read.") from error
        return value

    def _text(self, node: yaml.ScalarNode, place: Place) -> str:
        text = str(node.value)
        if not text.isascii() and _HALF.search(text):
            raise BadScenario(place, f"{shown(text)} holds half a character; a whole one is \\U and eight digits.")
        return text

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
