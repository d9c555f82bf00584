"""What was probably meant by a call that no route takes: always a route that takes the call's method.

First the vendor's own list of known slips, then what people do to any address (a doubled or missing beginning, another
version, another case), then the route that is spelt most alike.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_PART = re.compile(r"<(?:(\w+):)?\w+>")
_VERSION = re.compile(r"v?\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slip:
    """A known way to miss a route: a pattern that the whole path fits, and what to say about it.

    `meant` is the path that was to be called, with the pattern's groups in braces, or empty where the fake has none;
    `words` come before it, as a sentence.
    """

    pattern: str
    words: str = ""
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Routes of the vendor's that the fake has not: a pattern of their paths, and the API they are of.

    `proof` says how a call shows who it is from, in the fake's own words; the vendor looks at that first, and so does
    the fake.
    """

    pattern: str
    api: str
    proof: str = ""


class Signposts:
    """The routes of a fake, and what to say to a call that misses them."""

    def __init__(self, routes: Iterable[tuple[str, str]], slips: Sequence[Slip] = ()) -> None:
        self._by_method: dict[str, list[str]] = {}
        for method, path in routes:
            self._by_method.setdefault(method, []).append(path)
        self._slips = slips

    def hint(self, method: str, path: str) -> str:
        """Say what was probably meant by an unknown path."""
        for slip in self._slips:
            found = re.fullmatch(slip.pattern, path)
            if found is not None:
                groups = {name: text or "" for name, text in found.groupdict().items()}
                meant = self._is(method, slip.meant.format_map(groups))
                if meant or not slip.meant:
                    return " ".join(filter(None, (slip.words.format_map(groups), meant)))
        taken = self._paths(method)
        for words, meant in _misplaced(path, taken):
            if any(fits(template, meant) for template in taken):
                return words.format(meant=meant)
        close = difflib.get_close_matches(path, [_filled(template, path) for template in taken], n=1)
        if close:
            return f"Did you mean {close[0]}?"
        if taken:
            return f"Known: {', '.join(taken)}."
        return f"No route takes {method}. Known: {', '.join(self._all())}."

    def methods(self, path: str) -> list[str]:
        """Return the methods by which a path can be called."""
        return sorted(method for method, paths in self._by_method.items() if any(fits(each, path) for each in paths))

    def _is(self, method: str, meant: str) -> str:
        """Say which path was meant, and by which method it is called where it is another one; nothing where none is."""
        if any(fits(template, meant) for template in self._paths(method)):
            return f"This is {meant}."
        others = (other for other in self._by_method if other != "OPTIONS")
        taking = next((other for other in others if any(fits(each, meant) for each in self._by_method[other])), None)
        return f"This is {taking} {meant}." if taking else ""

    def _paths(self, method: str) -> Sequence[str]:
        return self._by_method.get("GET" if method == "HEAD" else method, ())

    def _all(self) -> Iterable[str]:
        return dict.fromkeys(path for method, paths in self._by_method.items() if method != "OPTIONS" for path in paths)


def _misplaced(path: str, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what a path is when what people do to addresses is undone, with the words for it."""
    if path.startswith("//"):
        yield "A base URL ends in / and the client adds another: this is {meant}.", path[1:]
    first, *rest = path.strip("/").split("/")
    ended = "/" if path.endswith("/") else ""
    if rest and rest[0] == first:
        yield (
            f"A base URL ends in /{first} and the client adds it again: this is {{meant}}.",
            f"/{'/'.join(rest)}{ended}",
        )
    for template in known:
        for beginning, ending in _cuts(template):
            if fits(ending, path):
                yield f"The base URL lacks {beginning}: this is {{meant}}.", f"{beginning}{path}"
    for start in range(1, len(rest) + 1):
        added = "/".join((first, *rest)[:start])
        yield f"The base URL has /{added} too much: this is {{meant}}.", f"/{'/'.join(rest[start - 1 :])}{ended}"
    if path != path.lower():
        yield "Paths are in lower case: this is {meant}.", path.lower()
    for template in known:
        meant = _other_version(template, [first, *rest])
        if meant is not None:
            yield "That is another version of the API: this is {meant}.", meant + ended


def _cuts(template: str) -> Iterator[tuple[str, str]]:
    """Yield a route's path cut in two before each fixed part but the first."""
    parts = template.split("/")[1:]
    for at in range(1, len(parts)):
        if not _PART.fullmatch(parts[at]):
            yield "/" + "/".join(parts[:at]), "/" + "/".join(parts[at:])


def _other_version(template: str, parts: Sequence[str]) -> str | None:
    """Return a path with the version of the API that a template has; None where more than that differs."""
    wanted = template.strip("/").split("/")
    if len(wanted) != len(parts):
        return None
    made = []
    for mine, theirs in zip(wanted, parts, strict=True):
        is_open = _PART.fullmatch(mine) is not None
        if is_open or mine == theirs:
            made.append(theirs)
        elif _VERSION.fullmatch(mine) and _VERSION.fullmatch(theirs):
            made.append(mine)
        else:
            return None
    return "/" + "/".join(made)


@lru_cache(maxsize=256)
def _pattern(template: str) -> re.Pattern[str]:
    parts = _PART.split(template)
    made = re.escape(parts[0])
    for converter, literal in zip(parts[1::2], parts[2::2], strict=True):
        made += (".+" if converter == "path" else "[^/]+") + re.escape(literal)
    return re.compile(made + "/?")


def fits(template: str, path: str) -> bool:
    """Say whether a path is one of a route's."""
    return _pattern(template).fullmatch(path) is not None


def _filled(template: str, path: str) -> str:
    """Return a route's path with what a call has in the places of its parts, where both have as many."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return template
    return "/".join(mine if not _PART.fullmatch(mine) else theirs for mine, theirs in zip(wanted, given, strict=True))
