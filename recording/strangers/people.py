"""People: whose values were met, of what kind and where; all are met first, and replaced then wherever they stand."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from recording.strangers.fields import CREDENTIAL, HIDDEN, Paths, is_id_like, is_nobodys, kind_of
from recording.strangers.json_text import KEY, Path
from recording.strangers.matching import Matcher, is_short
from recording.strangers.memory import Memory
from recording.strangers.pseudonyms import EMAIL, Pseudonyms

_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_CALLED: Final = re.compile(r"(?<![\w+])\+\d[\d ().\-\u00a0]{7,20}\d")
_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_NO_VALUE: Final = frozenset({"", "null", "none", "undefined", "nan", "true", "false", "n/a", "unknown"})
_VERSIONED: Final = ("version", "build", "useragent", "user-agent")
_JOINT: Final = re.compile(r"[-_.:+|]+")
_MOST_FIELDS: Final = 4


@dataclass(slots=True)
class Seen:
    """What was taken for a kind of value: the values, in how many places they were replaced, and in which fields."""

    kind: str
    values: set[str] = field(default_factory=set)
    places: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, object]:
        most = [name for name, _ in self.fields.most_common(_MOST_FIELDS)]
        return {"kind": self.kind, "values": len(self.values), "places": self.places, "fields": most}


class People:
    """Everybody in a recording; `meeting` comes before `replacing`.

    With `as_is` people stay, and only credentials are taken out. `hide` and `keep` name fields by their paths.
    """

    def __init__(self, key: bytes, *, hide: Sequence[str] = (), keep: Sequence[str] = (), as_is: bool = False) -> None:
        self._names = Pseudonyms(key)
        self._hide, self._keep, self._as_is = Paths(hide), Paths(keep), as_is
        self._kinds: dict[str, str] = {}
        self._seen: dict[str, Seen] = {}
        self._places: Counter[str] = Counter()  # by kind
        self._kept: set[str] = set()
        self._words: set[str] = set()
        self._small: set[str] = set()  # e-mail addresses in fields of their own, in small letters
        self.meeting = _Meeting(self)
        self.replacing = _Replacing(self)

    def kind(self, path: Path, text: str, *, is_number: bool) -> str | None:
        """Return what a field holds; an empty text for one that is left, None where its name does not say."""
        kind = kind_of(path)
        if kind == CREDENTIAL:
            return CREDENTIAL if text.strip() and not is_number else None
        if self._as_is or self._keep.has(path):
            return ""
        if self._hide.has(path):
            return HIDDEN if not is_number or _NUMBER.fullmatch(text) else ""
        if is_nobodys(path):
            return ""
        if kind is None or text.strip().lower() in _NO_VALUE:
            return None
        if is_number and (kind in {"name", "e-mail"} or not text.isdecimal()):
            return None
        if kind == "IP address" and _ip(text) is None:
            return None
        return kind

    def meet(self, kind: str, text: str, path: Path, *, loosely: bool = False) -> None:
        """Take note of a value; `loosely` says that it was found in a text, where more may have been written to it."""
        said = text.strip()
        if "@" in said and not loosely:
            self._small.add(said.lower())
        if said not in self._kinds:
            self._names.learn(said)
            self._kinds[said] = kind
        seen = self._seen.setdefault(self._kinds[said], Seen(self._kinds[said]))
        seen.values.add(said)
        self.meeting.memory.count(seen.fields, _named(path))

    def leave(self, text: str, path: Path) -> None:
        """Take note of a value that stays: kept by its field, or a word of the format."""
        if self._keep.has(path):
            self._kept.add(text)
        else:
            self._words.update((text, *_WORD.findall(text)))

    def other(self, text: str) -> str:
        """Return who takes a value's place, and count that."""
        kind = self._kinds.get(text.strip())
        if kind is not None:
            self.replacing.memory.count(self._places, kind)
        start = self._begins(text)
        return text[:start] + self._names.of(text[start:])

    def _begins(self, text: str) -> int:
        """Return where an address that is known begins in one that was written to something: `sync-ada@example.com`."""
        local = text.partition("@")[0] if "@" in text else ""
        places = (found.end() for found in _JOINT.finditer(local))
        return next((place for place in places if text[place:].strip().lower() in self._small), 0)

    def is_known(self, text: str) -> bool:
        return text in self._kinds and text not in self._kept

    @cached_property
    def _distinct(self) -> list[str]:
        left = self._words | self._kept
        return [value for value in self._kinds if value not in left and self._names.of(value) != value]

    @cached_property
    def searched(self) -> list[str]:
        """The originals that must not be in the output; those too short to mean anybody are not among them."""
        return [value for value in self._distinct if not is_short(value)]

    @property
    def unsearched(self) -> int:
        """How many originals cannot be searched for: too short, or a word of the format."""
        return len(self._kinds.keys() - self._kept) - len(self.searched)

    @cached_property
    def anywhere(self) -> Matcher:
        """Finds the values that mean somebody wherever they stand."""
        return Matcher(self.searched)

    @cached_property
    def among_ids(self) -> Matcher:
        """Finds every value: for fields that are made of ids."""
        return Matcher(self._distinct)

    @cached_property
    def in_keys(self) -> Matcher:
        """Finds values that are no mere words, for the names of fields."""
        return Matcher(value for value in self.searched if not value.isalpha())

    def table(self) -> list[Seen]:
        """Return what was taken for what."""
        for seen in self._seen.values():
            seen.places = self._places[seen.kind]
        return sorted(self._seen.values(), key=lambda seen: (-len(seen.values), seen.kind))


class _Meeting:
    """Meets people, and leaves every value as it is."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.memory = Memory()

    def field(self, path: Path, text: str, *, is_number: bool) -> str | None:
        kind = self._people.kind(path, text, is_number=is_number)
        if kind:
            self._people.meet(kind, text, path)
        elif kind == "":
            self._people.leave(text, path)
        return None if kind is None else text

    def loose(self, path: Path, text: str) -> str | None:
        if self._people._as_is:
            return None
        for kind, value in _told(path, text):
            self._people.meet(kind, value, path, loosely=True)
        if path[-1:] == (KEY,):
            self._people.leave(text, path)
        return None


class _Replacing:
    """Puts a stranger in the place of everybody who was met."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.memory = Memory()

    def field(self, path: Path, text: str, *, is_number: bool) -> str | None:
        people = self._people
        kind = people.kind(path, text, is_number=is_number)
        if kind == "":
            return text
        if kind is not None:
            return people.other(text)
        return people.other(text) if is_number and people.is_known(text) and not is_short(text) else None

    def loose(self, path: Path, text: str) -> str | None:
        people = self._people
        is_key = path[-1:] == (KEY,)
        matcher = (
            people.in_keys
            if is_key
            else people.among_ids
            if is_id_like(path[:-1] or path) or is_id_like(path)
            else people.anywhere
        )
        pieces: list[str] = []
        done = 0
        for start, end in matcher.matches(text):
            pieces += (text[done:start], people.other(text[start:end]))
            done = end
        return "".join((*pieces, text[done:])) if pieces else None


def _told(path: Path, text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text tells of people by its form, whatever its field is called."""
    if "@" in text:
        for found in EMAIL.finditer(text):
            yield "e-mail", found[0]
    if "+" in text:
        for found in _CALLED.finditer(text):
            yield "phone", found[0]
    name = path[-1].lower().replace("_", "") if path else ""
    if name.endswith(_VERSIONED):
        return
    found_ips = [text] if _ip(text) else _IPV4.findall(text) if text.count(".") > 2 else []
    for each in found_ips:
        if _ip(each):
            yield "IP address", each


def _ip(text: str) -> str | None:
    """Return an address that is somebody's."""
    if text.count(".") != 3 and ":" not in text:
        return None
    with suppress(ValueError):
        found = ipaddress.ip_address(text.strip())
        return None if found.is_loopback or found.is_unspecified else text
    return None


def _named(path: Path) -> str:
    return ".".join(part for part in path if part != KEY) or "a text"
