"""What of an event's traits a request to a vendor carries: at which key, as which value.

A vendor's name for a trait may be another one (destination facts 1: FullStory strips all that is no letter or digit),
and a value may lie in JSON within a form field. Requests are searched, so that it does not matter whose code made them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from downstream.destination import Request

_NO_LETTER = re.compile(r"[\W_]+")
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Found:
    """A trait found in a request: the vendor's key for it, its value there, and what lies around it, inside out."""

    key: str
    value: Any
    around: tuple[Any, ...]

    def beside(self) -> Iterator[str]:
        """Yield, as text, what stands in the nearest list item around it, or in all where there is no list."""
        nearest = next(
            (inner for inner, outer in zip(self.around, self.around[1:], strict=False) if isinstance(outer, list)),
            self.around[-1] if self.around else None,
        )
        return (str(value) for value in _scalars(nearest, 0))


def judged_traits(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the traits that are to reach a vendor: memberships, which are booleans, or all where none is one."""
    traits = event.get("traits")
    if event.get("type") != "identify" or not isinstance(traits, Mapping):
        return {}
    memberships = {key: value for key, value in traits.items() if isinstance(value, bool)}
    return memberships or {key: value for key, value in traits.items() if value is not None}


class Content:
    """The readable content of one request, parsed once however many events and traits are looked for."""

    def __init__(self, request: Request) -> None:
        self._roots: list[Any] = []
        self._found: dict[str, list[Found]] = {}
        self._beside: dict[str, dict[str, list[Found]]] = {}
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        if query:
            self._roots.append(dict(query))
        body = request.body.decode("utf-8", "replace")
        parsed = _parsed(body)
        if parsed is None and "=" in body and not body.lstrip().startswith("<"):
            parsed = dict(parse_qsl(body, keep_blank_values=True))
        self._roots.append(body if parsed is None else parsed)

    def find(self, key: str) -> list[Found]:
        """Return where a trait key lies, to the letter, or else where a name lies that is it without its marks."""
        if key not in self._found:
            self._found[key] = list(self._search(key))
        return self._found[key]

    def beside(self, key: str, user: Any) -> list[Found]:
        """Return where a trait key lies in a list item, or in a request, that names a user."""
        if key not in self._beside:
            index = self._beside[key] = {}
            for found in self.find(key):
                for text in set(found.beside()):
                    index.setdefault(text, []).append(found)
        return [] if user is None else self._beside[key].get(str(user), [])

    def _search(self, key: str) -> Iterator[Found]:
        exact = [found for root in self._roots for found in _search(root, key.__eq__, ())]
        yield from exact
        bare = _NO_LETTER.sub("", key).casefold()
        if not exact and bare:
            renamed = re.compile(rf"(amplitude)?{re.escape(bare)}(bool|str|int|real)?")  # FullStory's suffixes
            for root in self._roots:
                yield from _search(root, lambda name: bool(renamed.fullmatch(_NO_LETTER.sub("", name).casefold())), ())


def carried(
    content: Content, event: Mapping[str, Any], *, index: int = 0, events: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return the judged traits of an event that a request carries, by the vendor's key, with the vendor's value.

    In a request for several `events`, the value is the one beside the event's user, the n-th for a user's n-th event.
    """
    out: dict[str, Any] = {}
    for trait in judged_traits(event):
        found: Sequence[Found] = content.find(trait)
        if len(events) > 1:
            found = _of_event(content, trait, event, index, events)
        if found:
            out[trait] = {"key": found[0].key, "value": found[0].value}
    return out


def _of_event(
    content: Content, trait: str, event: Mapping[str, Any], index: int, events: Sequence[Mapping[str, Any]]
) -> Sequence[Found]:
    user = event.get("userId")
    found, beside = content.find(trait), content.beside(trait, user)
    if beside:
        place = sum(each.get("userId") == user and trait in judged_traits(each) for each in events[:index])
        return beside[min(place, len(beside) - 1) :]
    # a vendor that knows people by something else has them in the order of the events, if all are there
    if not found or len(found) != sum(trait in judged_traits(each) for each in events):
        return ()
    return found[sum(trait in judged_traits(each) for each in events[:index]) :]


def _search(value: Any, is_key: Any, around: tuple[Any, ...]) -> Iterator[Found]:
    if len(around) > _DEEPEST:
        return
    if isinstance(value, str):
        inner = _parsed(value)
        if inner is not None:
            yield from _search(inner, is_key, around)
    elif isinstance(value, dict):
        for name, part in value.items():
            if is_key(name):
                yield Found(name, part, (value, *around))
            else:
                yield from _search(part, is_key, (value, *around))
    elif isinstance(value, list):
        for part in value:
            yield from _search(part, is_key, (value, *around))


def _parsed(text: str) -> Any:
    """Return the object or list that a text is, None where it is none."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _scalars(value: Any, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and (inner := _parsed(value)) is not None:
        value = inner
    if isinstance(value, dict):
        for part in value.values():
            yield from _scalars(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _scalars(part, depth + 1)
    else:
        yield value
