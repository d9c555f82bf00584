"""Composing a scenario: what it includes comes first, and parameters are put in their places.

Mappings are merged, the including file's values winning; steps follow one another. Every value keeps the place
where it was written, so a mistake in an included file is told there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scenarios.document import Document, Path_, read_document
from scenarios.errors import BadScenario, Place
from scenarios.shape import nearest

_PARAMETER = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)|(\$))")
_OWN = {"scenario", "include"}  # what an included file may have and does not hand on


def compose(path: Path, given: Mapping[str, Any] | None = None) -> Document:
    """Read a file with everything it includes; `given` parameters win over the file's own."""
    document = _with_includes(read_document(path), ())
    if not isinstance(document.data, dict) or not isinstance(document.data.get("parameters", {}), dict):
        return document  # the shape check says what is wrong
    parameters = {**document.data.get("parameters", {})}
    for name, value in (given or {}).items():
        if name not in parameters:
            raise BadScenario(Place(str(path), 1, 1), f"it has no parameter {name!r}; {nearest(name, parameters)}")
        parameters[name] = value
    if not parameters:
        return document
    data = {
        key: value if key == "parameters" else _put(document, value, (key,), parameters)
        for key, value in document.data.items()
    }
    return replace(document, data=data)


def _with_includes(document: Document, above: tuple[Path, ...]) -> Document:
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("include", []), list):
        return document
    here = Path(document.file).resolve()
    for index, name in enumerate(data.get("include", [])):
        place = document.place(("include", index))
        file = Path(document.file).parent / str(name)
        try:
            resolved, is_there = file.resolve(), file.is_file()
        except (OSError, ValueError) as error:  # a name no file system takes
            raise BadScenario(place, f"{str(name)[:40]!r} is no file name: {error}.") from error
        if resolved in (*above, here):
            raise BadScenario(place, f"{name!r} includes itself, by way of this file.")
        if not is_there:
            raise BadScenario(place, f"there is no file {name!r} beside this one.")
        included = _with_includes(read_document(file), (*above, here))
        if not isinstance(included.data, dict):
            raise BadScenario(included.place(()), "an included file is a mapping, like a scenario.")
        document = _merge(document, included)
    return document


def _merge(own: Document, included: Document) -> Document:
    """Put the included file's parts before a document's own."""
    places, keys = dict(own.places), dict(own.keys)
    before = included.data.get("steps", [])
    shift = len(before) if isinstance(before, list) else 0
    if shift:
        places, keys = _shifted(places, shift), _shifted(keys, shift)
    for source, target in ((included.places, places), (included.keys, keys)):
        for path, place in source.items():
            if path and path[0] not in _OWN:
                target.setdefault(path, place)
    handed = {key: value for key, value in included.data.items() if key not in _OWN}
    data = _deep(handed, own.data)
    if shift:
        after = own.data.get("steps", [])
        data["steps"] = [*before, *after] if isinstance(after, list) else after
    return Document(own.file, data, places, keys)


def _shifted(places: dict[Path_, Place], by: int) -> dict[Path_, Place]:
    return {
        ("steps", path[1] + by, *path[2:])
        if len(path) > 1 and path[0] == "steps" and isinstance(path[1], int)
        else path: place
        for path, place in places.items()
    }


def _deep(first: Mapping[str, Any], winning: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(first)
    for key, value in winning.items():
        known = merged.get(key)
        merged[key] = _deep(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _put(document: Document, value: Any, path: Path_, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _put(document, each, (*path, key), parameters) for key, each in value.items()}
    if isinstance(value, list):
        return [_put(document, each, (*path, index), parameters) for index, each in enumerate(value)]
    if not isinstance(value, str):
        return value

    def found(match: re.Match[str]) -> Any:
        if match[3]:
            return "$"
        name = match[1] or match[2]
        if name not in parameters:
            raise BadScenario(document.place(path), f"there is no parameter {name!r}; {nearest(name, parameters)}")
        return parameters[name]

    whole = _PARAMETER.fullmatch(value)
    return found(whole) if whole else _PARAMETER.sub(lambda match: _text(found(match)), value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
