"""Composing a scenario: what it includes comes first, and parameters are put in their places.

Mappings are merged, the including file's values winning; steps follow one another. Every value keeps the place
where it was written, so a mistake in an included file is told there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios.errors import BadScenario, Place
from scenarios.files.document import MAX_VALUES, Document, Path_, read_document, shown
from scenarios.files.shape import nearest

_PARAMETER = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)|(\$))")
MAX_INCLUDED = 100  # files in all, one that is included twice counted twice
MAX_PUT_IN = 4_000_000  # characters that parameters put into longer texts
_OWN = {"scenario", "include"}  # what an included file may have and does not hand on


def compose(path: Path, given: Mapping[str, Any] | None = None, offered: Mapping[str, Any] | None = None) -> Document:
    """Read a file with everything it includes; `given` parameters win over the file's own.

    Of those `offered`, which it need not have, it takes what it has.
    """
    document = _Includes(path.parent).into(read_document(path), ())
    if not isinstance(document.data, dict) or not isinstance(document.data.get("parameters", {}), dict):
        return document  # the shape check says what is wrong
    parameters = {**document.data.get("parameters", {})}
    parameters |= {name: value for name, value in (offered or {}).items() if name in parameters}
    for name, value in (given or {}).items():
        if name not in parameters:
            raise BadScenario(Place(str(path), 1, 1), f"it has no parameter {shown(name)}; {nearest(name, parameters)}")
        parameters[name] = value
    if not parameters:
        return document
    return _Parameters(document, parameters).put_in()


def beside(place: Place, name: str, within: Path) -> Path:
    """Return the file that a name means at a place: one beside the file that the name stands in, or below it.

    Nothing outside the folder `within`, that of the scenario which is read, is opened, wherever a name or a link leads:
    who runs a scenario of somebody else would be told of it how files of their own begin.
    """
    file = Path(place.file).parent / name
    try:
        if not file.resolve().is_relative_to(within.resolve()):
            told = f"{shown(name)} leads out of the folder of the scenario; what it names stands beside it, or below."
            raise BadScenario(place, told)
        is_there = file.is_file()
        if file.is_dir():
            raise BadScenario(place, f"{shown(name)} is a folder, not a file.")
        others = [] if is_there or not file.parent.is_dir() else [each.name for each in file.parent.iterdir()]
    except (OSError, ValueError) as error:  # a name no file system takes
        raise BadScenario(
            place, f"{shown(name)} is no file name: {getattr(error, 'strerror', None) or error}."
        ) from error
    if is_there:
        return file
    close = nearest(file.name, others, cutoff=0.7, or_list=False)
    raise BadScenario(place, f"there is no file {shown(name)} beside this one{f'; {close}' if close else '.'}")


class _Includes:
    """Counts what is included: two files that include each other's neighbours twice double with every level."""

    def __init__(self, within: Path) -> None:
        self._within = within
        self._files = 0

    def into(self, document: Document, above: tuple[Path, ...]) -> Document:
        """Return a document with everything it includes."""
        data = document.data
        if not isinstance(data, dict) or not isinstance(data.get("include", []), list):
            return document
        here = Path(document.file).resolve()
        for index, name in enumerate(data.get("include", [])):
            place = document.place(("include", index))
            self._files += 1
            if self._files > MAX_INCLUDED:
                raise BadScenario(place, f"this is one file too many: {MAX_INCLUDED} are included before it.")
            file = beside(place, str(name), self._within)
            if file.resolve() in (*above, here):
                raise BadScenario(place, f"{shown(name)} includes itself, by way of this file.")
            included = self.into(read_document(file), (*above, here))
            if not isinstance(included.data, dict):
                raise BadScenario(included.place(()), "an included file is a mapping, like a scenario.")
            document = _merge(document, included)
            if len(document.places) > MAX_VALUES:
                raise BadScenario(place, f"with this file there are more than {MAX_VALUES:,} values in all.")
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


class _Parameters:
    """Puts parameters in their places, in values and in keys, and keeps account of where everything stands then."""

    def __init__(self, document: Document, parameters: Mapping[str, Any]) -> None:
        self._document = document
        self._parameters = parameters
        self._left = MAX_PUT_IN
        self._places: dict[Path_, Place] = {}
        self._keys: dict[Path_, Place] = {}

    def put_in(self) -> Document:
        """Return the document without its parameters' names."""
        document = self._document
        self._places[()] = document.place(())
        data = {}
        for key, value in document.data.items():
            self._keys[key,] = document.key((key,))
            data[key] = value if key == "parameters" else self._value(value, (key,), (key,))
        same = {path: place for path, place in document.places.items() if path[:1] == ("parameters",)}
        keys = {path: place for path, place in document.keys.items() if path[:1] == ("parameters",)}
        return Document(document.file, data, self._places | same, self._keys | keys)

    def _value(self, value: Any, path: Path_, now: Path_) -> Any:
        """Return a value that stood at `path` and stands at `now`, since keys on its way were parameters."""
        place = self._places[now] = self._document.place(path)
        if isinstance(value, list):
            return [self._value(each, (*path, index), (*now, index)) for index, each in enumerate(value)]
        if isinstance(value, str):
            return self._text(value, place)
        if not isinstance(value, dict):
            return value
        result: dict[str, Any] = {}
        for key, each in value.items():
            at = self._document.key((*path, key))
            became = _plain(self._text(key, at))
            if became in result:
                raise BadScenario(at, f"the key {shown(became)} stands here twice, once as {shown(key)}.")
            self._keys[*now, became] = at
            result[became] = self._value(each, (*path, key), (*now, became))
        return result

    def _text(self, text: str, place: Place) -> Any:
        def found(match: re.Match[str]) -> Any:
            if match[3]:
                return "$"
            name = match[1] or match[2]
            if name not in self._parameters:
                told = nearest(name, self._parameters)
                raise BadScenario(place, f"there is no parameter {shown(name)}; {told}")
            return self._parameters[name]

        def put(match: re.Match[str]) -> str:
            word = _plain(found(match))
            self._left -= len(word)
            if self._left < 0:
                raise BadScenario(place, f"parameters put in more than {MAX_PUT_IN:,} characters up to here.")
            return word

        if "$" not in text:
            return text
        whole = _PARAMETER.fullmatch(text)
        return found(whole) if whole else _PARAMETER.sub(put, text)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
