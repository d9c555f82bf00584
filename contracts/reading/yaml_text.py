"""YAML of anybody: text, numbers, lists and mappings, whatever its tags ask for, and no larger than it is written.

No tag makes an object, no merge key copies anything, and aliases are counted, so that a file of a few lines cannot
stand for millions of values.
"""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from contracts.errors import BadInput
from contracts.reading.packed import plain

if TYPE_CHECKING:
    import yaml

_MOST_VALUES: Final = 5_000_000


class Text(str):
    """Text of a YAML file with its place there: line and column, from 1."""

    __slots__ = ("column", "line")

    line: int
    column: int


def load_yaml(data: bytes, *, is_text: bool = True) -> Any:
    """Return what YAML says, scalars that are no number, truth or null as `Text`; raise `BadInput` with the line.

    What is tagged as binary becomes the text it packs, inflated where it is gzip; bytes unless it `is_text`.
    """
    import yaml  # noqa: PLC0415 - most files are not YAML

    try:
        document = yaml.load(data, Loader=_loader(is_text=is_text))  # noqa: S506 - a safe one, with fewer types
        values = _values(document, {})
    except RecursionError:
        raise BadInput("YAML that is nested too deeply, or within itself") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "characters that no YAML has"
        raise BadInput(f"no YAML that can be read{where}: {why}") from None
    if values > _MOST_VALUES:
        raise BadInput(f"YAML whose aliases stand for more than {_MOST_VALUES:,} values")
    return document


def _values(value: Any, known: dict[int, int]) -> int:
    """Return for how many values one stands when every alias is followed."""
    if not isinstance(value, list | dict):
        return 1
    counted = known.get(id(value))
    if counted == 0:
        raise RecursionError
    if counted is None:
        known[id(value)] = 0
        inside = value.values() if isinstance(value, dict) else value
        counted = known[id(value)] = 1 + sum(_values(each, known) for each in inside)
    return counted


@cache
def _loader(*, is_text: bool) -> Any:
    import yaml  # noqa: PLC0415 - as above

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Plain(base):  # type: ignore[misc]
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Leave merge keys as they are written."""

    def text(loader: Any, node: yaml.Node) -> Text:
        return _placed(str(loader.construct_scalar(node)), node)

    def binary(loader: Any, node: yaml.Node) -> Text | bytes:
        raw = str(loader.construct_scalar(node)).encode()  # which is all there is of it when it is not what it says
        with suppress(binascii.Error, ValueError):
            raw = base64.b64decode(b"".join(raw.split()), validate=True)
            raw = plain(raw) if is_text else raw
        return _placed(raw.decode("utf-8", "replace"), node) if is_text else raw

    def untagged(loader: Any, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return text(loader, node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_mapping(node, deep=True)

    for name in ("str", "timestamp", "merge", "value"):
        Plain.add_constructor(f"tag:yaml.org,2002:{name}", text)
    for name in ("!binary", "tag:yaml.org,2002:binary"):  # Ruby's, and everybody else's
        Plain.add_constructor(name, binary)
    Plain.add_constructor(None, untagged)
    return Plain


def _placed(text: str, node: yaml.Node) -> Text:
    made = Text(text)
    made.line, made.column = node.start_mark.line + 1, node.start_mark.column + 1
    return made
