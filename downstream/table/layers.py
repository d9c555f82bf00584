"""A request's content as layers: JSON, forms, CSV, and JSON within text, taken apart and put together again.

A path is a list of steps: a name, a place in a list, or `{"as": layer}`, which takes text apart.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

Step = str | int | Mapping[str, str]
Steps = Sequence[Step]


def _of_lines(text: str) -> list[Any]:
    lines = text.strip().split("\n")
    if len(lines) < 2:
        raise ValueError("one line is no list")
    return [orjson.loads(line) for line in lines]


def _of_base64(text: str) -> Any:
    if len(text) < 24:
        raise ValueError("too short to hold anything")
    return _container(orjson.loads(base64.b64decode(text, validate=True)))


def _container(found: Any) -> Any:
    if not isinstance(found, dict | list):
        raise TypeError("a bare value is no layer")
    return found


def _json(document: Any) -> str:
    return orjson.dumps(document).decode()


def _form(fields: Mapping[str, str]) -> str:
    """Write a form as the web does: an asterisk as it is, a tilde escaped."""
    return urlencode(fields, safe="*").replace("~", "%7E")


def _rows(rows: Sequence[Sequence[str]]) -> str:
    """Write a table as destinations do: the names bare, every cell in quotes."""
    heads, *cells = rows
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]
    return "\n".join([",".join(heads), *quoted])


LAYERS: Final[Mapping[str, tuple[Callable[[str], Any], Callable[[Any], str]]]] = {
    "json": (lambda text: _container(orjson.loads(text)), _json),
    "lines": (_of_lines, lambda found: "\n".join(map(_json, found))),
    "base64": (_of_base64, lambda found: base64.b64encode(orjson.dumps(found)).decode()),
    "form": (lambda text: dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)), _form),
    "csv": (lambda text: list(csv.reader(io.StringIO(text), strict=True)), _rows),
}
"""How each layer is taken apart, and put together."""

_WITHIN: Final = ("json", "lines", "base64")
"""What text within a document may be; forms and tables are only whole bodies."""


def taken_apart(layer: str, text: str) -> Any:
    """Return what a layer holds; None where the text is not one."""
    try:
        return LAYERS[layer][0](text)
    except (ValueError, TypeError, binascii.Error, csv.Error):
        return None


def layer_of(text: str, content_type: str = "", url: str = "") -> str | None:
    """Say what a body is."""
    if "urlencoded" in content_type:
        return "form"
    if url.partition("?")[0].endswith(".csv"):
        return "csv"
    return next((layer for layer in _WITHIN if taken_apart(layer, text) is not None), None)


def paths_of(document: Any, mark: str, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], bool]]:
    """Yield the paths to names with a mark in them, then of values, whichever case; True where it is a name."""
    if isinstance(document, dict):
        for name, value in document.items():
            if mark in str(name).lower():
                yield (*path, name), True
            yield from paths_of(value, mark, (*path, name))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from paths_of(value, mark, (*path, place))
    elif isinstance(document, str) and document:
        for layer in _WITHIN if path else ():
            within = taken_apart(layer, document) if document[0] in "[{" or layer == "base64" else None
            if within is not None and mark in _json(within).lower():
                yield from paths_of(within, mark, (*path, {"as": layer}))
                return
        if mark in document.lower():
            yield path, False


def at(document: Any, path: Steps) -> Any:
    """Return what stands at a path; raise `LookupError` where it does not lead on."""
    for step in path:
        if isinstance(step, Mapping):
            document = taken_apart(step["as"], document) if isinstance(document, str) else None
        elif isinstance(document, dict | list):
            inner: Any = document
            document = inner[step]
        else:
            raise LookupError(step)
    return document


def changed(document: Any, path: Steps, change: Callable[[Any], Any]) -> Any:
    """Return a document with what stands at a path changed, every layer on the way put together again."""
    if not path:
        return change(document)
    step, rest = path[0], path[1:]
    if isinstance(step, Mapping):
        layer = step["as"]
        return LAYERS[layer][1](changed(taken_apart(layer, document), rest, change))
    copied: Any = dict(document) if isinstance(document, dict) else list(document)
    copied[step] = changed(document[step], rest, change)
    return copied


def spelt(path: Steps, names: Mapping[str, str] | None = None) -> str:
    """Return a path as people write one: `attributes[0].plan`, text taken apart as `data⟨JSON⟩`."""
    words = ""
    for step in path:
        if isinstance(step, Mapping):
            words += "⟨" + {"json": "JSON", "lines": "lines of JSON", "base64": "JSON in base64"}[step["as"]] + "⟩"
        elif isinstance(step, int):
            words += f"[{step}]"
        elif names and step in names:
            words += f"[{names[step]}]"
        elif step.isidentifier() or step.startswith("$"):
            words += f".{step}" if words else step
        else:
            words += f"[{orjson.dumps(step).decode()}]"
    return words
