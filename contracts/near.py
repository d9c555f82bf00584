"""Near misses: fields of an event that stand under a name, or in a place, where nobody reads them.

Segment takes what it does not know without a word, so a slip of one letter costs whatever the field was to say. The
fields of the event's call and of its context (segment facts 2.1, 2.2 [doc]) are compared with what is there, by case,
separators, number, abbreviation and edit distance, and with the words that other services have for them; only a field
that is lacking can have been meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from contracts.explain import pointer
from contracts.fragments import needs, root, when_object
from contracts.other_words import TYPES, field_of, ids_within, is_an_id
from contracts.other_words import folded as _folded

_COMMON: Final = ("type", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "context", "integrations")
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "identify": ("traits",),
    "track": ("event", "properties"),
    "page": ("name", "category", "properties"),
    "screen": ("name", "category", "properties"),
    "group": ("groupId", "traits"),
    "alias": ("previousId",),
}
_OTHERS: Final = ("writeKey", "originalTimestamp", "receivedAt", "version", "channel", "projectId", "_metadata")
"""What a key, a server or a library adds; `originalTimestamp` is looked at by itself."""

_CONTEXT: Final = frozenset(
    (
        *(
            "active",
            "app",
            "campaign",
            "channel",
            "consent",
            "device",
            "direct",
            "externalIds",
            "groupId",
            "instanceId",
        ),
        *("integration", "ip", "library", "locale", "network", "os", "page", "protocols", "referrer", "screen"),
        *("timezone", "traits", "userAgent", "userAgentData"),
    )
)
_ALL: Final = tuple(dict.fromkeys((*_COMMON, *(name for own in _OWN.values() for name in own))))
_FIELDS: Final[Mapping[str | None, tuple[str, ...]]] = {
    **{call: (*_COMMON, *own) for call, own in _OWN.items()},
    "batch": ("batch", "writeKey", "sentAt", "context", "integrations"),
    None: _ALL,
}
_PLAIN: Final[Mapping[object, frozenset[str]]] = {
    call: frozenset((*fields, *_OTHERS)) - {"originalTimestamp"}
    for call, fields in {**_FIELDS, "batch": (*_FIELDS["batch"], "messageId", "sequence", "timestamp")}.items()
}
_PLAIN_CONTEXT: Final = _CONTEXT - {"traits"}
_CONTEXT_FIELDS: Final = tuple(sorted(_CONTEXT))
_EVENT_FIELDS: Final = (*_ALL, "batch", "writeKey")
_IDS: Final = ("userId", "anonymousId")
_OBJECTS: Final = frozenset(("traits", "properties", "context", "integrations"))
_SENT: Final = frozenset(("messageId", "timestamp", "sentAt"))
_IN_TRAITS: Final = _OBJECTS | _SENT
_IN_PROPERTIES: Final = _OBJECTS | {"event"}
_MISPLACED: Final = {
    "traits": _IN_TRAITS,
    "properties": _IN_PROPERTIES,
    "context": (_OBJECTS | _SENT | {"event", "previousId"}) - {"context"},
}
"""Fields of the event that mean nothing inside of another; ids are looked for when the event names nobody."""

_TWINS: Final = {("track", "name"): "event", ("page", "event"): "name", ("screen", "event"): "name"}
_OF_ANOTHER_RULE: Final = frozenset(("traits", "properties"))
"""Taken for one another they have a rule of their own, H323 and H324."""

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SHORT, _LONG, _NO_SLIP, _WHOLE_EVENT = 5, 9, 40, 2


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Hold a field that nobody reads, and the one that was probably meant, as JSON pointers in the event.

    `meant` is empty when the whole event stands one level too deep.
    """

    found: str
    meant: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        meant = f"`{dotted(self.meant)}` is" if self.meant else "an event's fields stand at its top level"
        return f"`{dotted(self.found)}` is read by nobody; {meant}."


def dotted(where: str) -> str:
    """Write a pointer as people write the path of a field: `context.traits`."""
    return where[1:].replace("/", ".").replace("~1", "/").replace("~0", "~")


def near_misses(event: Mapping[str, Any], call: str | None = None) -> Iterable[NearMiss]:
    """Return the near misses of an event or an envelope, in the order of its fields.

    `call` says what an event without a `type` is.

    Quick when there is none: a few comparisons of sets.
    """
    kind = event.get("type")
    if kind.__class__ is not str or kind not in _OWN:
        kind = "batch" if kind is None and "batch" in event else call
    context, traits, properties = event.get("context"), event.get("traits"), event.get("properties")
    if (
        _PLAIN[kind].issuperset(event)
        and (context.__class__ is not dict or _PLAIN_CONTEXT.issuperset(context) or all(map(_is_custom, context)))
        and (traits.__class__ is not dict or _IN_TRAITS.isdisjoint(traits))
        and (properties.__class__ is not dict or _IN_PROPERTIES.isdisjoint(properties))
        and (event.get("userId") or event.get("anonymousId") or kind == "batch")
    ):
        return ()
    return _Look(event, kind).misses()


def plain(call: str | None) -> dict[str, Any]:
    """Return a JSON Schema for events that surely have no near miss; many that fail it have none either."""
    unlike = {name: {"not": {"enum": sorted(_MISPLACED[name])}} for name in ("traits", "properties")}
    return {
        "allOf": [
            {"type": "object", "propertyNames": {"enum": sorted(_PLAIN[call] | _PLAIN["batch"])}},
            root(
                context=when_object(propertyNames={"enum": sorted(_PLAIN_CONTEXT)}),
                **{name: when_object(propertyNames=names) for name, names in unlike.items()},
            ),
            {"type": "object", "anyOf": [needs(*_IDS[:1]), needs(*_IDS[1:])]},
        ]
    }


class _Look:
    """Look at one event that is not plain."""

    def __init__(self, event: Mapping[str, Any], kind: str | None) -> None:
        self._event = event
        self._kind = kind
        self._lacking = [name for name in _FIELDS[kind] if _is_empty(event.get(name))]
        self._nobody = kind != "batch" and all(_is_empty(event.get(name)) for name in _IDS)

    def misses(self) -> Iterator[NearMiss]:
        """Yield what is at the top level, and what is inside of the containers, as it comes."""
        plain = _PLAIN[self._kind]
        for name, value in self._event.items():
            if name not in plain and not _is_empty(value):
                meant = self._at_the_top(name, value)
                if meant is not None:
                    yield NearMiss(pointer([name]), meant)
                elif self._nobody:
                    yield from self._of_a_person((name,), value)
            if name in _MISPLACED and isinstance(value, dict):
                for inner, held in value.items():
                    meant = None if _is_empty(held) else self._inside(name, inner, held, value)
                    if meant is not None:
                        yield NearMiss(pointer([name, inner]), meant)
                    elif self._nobody and name == "context":
                        yield from self._of_a_person((name, inner), held)

    def _of_a_person(self, path: tuple[str, ...], value: object) -> Iterator[NearMiss]:
        for inner, held in ids_within(path[-1], value):
            if not _is_empty(held) and _fits("userId", held):
                yield NearMiss(pointer([*path, inner]), "/userId")

    def _at_the_top(self, name: str, value: object) -> str | None:
        if name == "originalTimestamp":  # Segment's own: it writes there what came as `timestamp` (facts 1.11 [doc])
            return "/timestamp" if "timestamp" in self._lacking else None
        twin = _TWINS.get((self._kind or "", name))
        if twin is not None:
            return f"/{twin}" if twin in self._lacking and _fits(twin, value) else None
        if name == "groupId" and self._kind != "batch":
            return None if self._context_has(name) else "/context/groupId"
        if name in _OF_ANOTHER_RULE:
            return None
        if self._kind is None and _folded(name) in TYPES and "type" in self._lacking and _fits("type", value):
            return "/type"
        near = _nearest(name, value, self._lacking, self._needed())
        if near is not None:
            return f"/{near}"
        if self._nobody and "type" in self._lacking:
            if isinstance(value, list) and value and all(_looks_like_an_event(item) for item in value[:_SHORT]):
                return "/batch"
            if _looks_like_an_event(value):
                return ""
        word = field_of(name, self._kind, nobody=self._nobody)
        return f"/{word}" if word in self._lacking and _fits(word, value) else None

    def _inside(self, container: str, name: str, value: object, around: Mapping[str, Any]) -> str | None:
        if container == "context" and name == "traits":  # rightly there in any other call
            return "/traits" if self._kind == "identify" and "traits" in self._lacking else None
        if name in _MISPLACED[container]:
            if name in _OBJECTS and not isinstance(value, dict):
                return None
            if name == container or name in self._lacking:
                return f"/{name}"
            if name in _OF_ANOTHER_RULE:  # properties in traits, traits in properties
                return f"/{container}" if container == "traits" else "/context/traits"
            return None
        if self._nobody and _fits("userId", value):
            for identity in _IDS:
                if _folded(name) == _folded(identity):
                    return f"/{identity}"
            if container == "traits" and self._kind == "identify" and is_an_id(name) and _folded(name) != "email":
                return "/userId"
        if container == "context" and name not in _CONTEXT:
            if self._kind == "identify" and field_of(name, "identify", nobody=False) == "traits":
                return "/traits" if "traits" in self._lacking and isinstance(value, dict) else None
            near = next((known for known in _likenesses(name, _CONTEXT_FIELDS) if known not in around), None)
            return None if near is None else f"/context/{near}"
        return None

    def _needed(self) -> tuple[str, ...]:
        """Return the fields without which the event says nothing: for these a looser likeness is enough."""
        needed = [name for name in ("event", "groupId", "previousId", "traits", "properties") if name in self._lacking]
        return (*needed, *(_IDS if self._nobody else ()))

    def _context_has(self, name: str) -> bool:
        context = self._event.get("context")
        return isinstance(context, dict) and not _is_empty(context.get(name))


def _nearest(name: str, value: object, lacking: list[str], needed: tuple[str, ...]) -> str | None:
    """Return the lacking field that a name is nearest to, or None when it is near to none."""
    for field in _likenesses(name, _EVENT_FIELDS):
        if field in lacking and _fits(field, value):
            return field
    for field in lacking:
        if field in needed and _fits(field, value) and _shares_a_word(name, field):
            return field
    return None


@lru_cache(maxsize=4096)  # a capture has few names, and they are in every event of it
def _likenesses(name: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that a name is like, the nearest first."""
    if len(name) > _NO_SLIP:
        return ()
    return tuple(
        field for likeness in (_is_same, _is_abbreviated, _is_misspelt) for field in fields if likeness(name, field)
    )


@lru_cache(maxsize=4096)
def _is_custom(name: str) -> bool:
    """Say whether a name in `context` is one of its own, or somebody's that is like no field of it or of the event."""
    return name in _PLAIN_CONTEXT or not (
        name in _CONTEXT
        or name in _MISPLACED["context"]
        or _likenesses(name, _CONTEXT_FIELDS)
        or _folded(name) in map(_folded, _IDS)
        or field_of(name, "identify", nobody=False) == "traits"
    )


def _is_same(name: str, field: str) -> bool:
    """Say whether only case, separators and number differ."""
    return _singular(_folded(name)) == _singular(_folded(field))


def _is_abbreviated(name: str, field: str) -> bool:
    """Say whether a name is the start of a field, cut inside of a word: `time`, `props`, not `message`."""
    start = _folded(name).rstrip("s")
    return len(start) > 3 and field.lower().startswith(start) and field[len(start) : len(start) + 1].islower()


def _is_misspelt(name: str, field: str) -> bool:
    """Say whether a slip of a letter, in long names of two, makes one of the other."""
    one, other = _folded(name), _folded(field)
    allowed = 0 if len(other) < _SHORT and field != "type" else 2 if len(other) >= _LONG else 1
    return abs(len(one) - len(other)) <= allowed and _distance(one, other) <= allowed


@lru_cache(maxsize=4096)
def _shares_a_word(name: str, field: str) -> bool:
    """Say whether a name has the word that a needed field is about: `user`, `eventName`, `id`."""
    words = {_singular(word.lower()) for word in _WORDS.findall(name)}
    about = {_singular(word.lower()) for word in _WORDS.findall(field)} - {"id"}
    return bool(words & about) or (field == "userId" and words in ({"id"}, {"uid"}))


def _singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.rstrip("s")


def _distance(one: str, other: str) -> int:
    """Return the edit distance, with two letters that changed places as one edit (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        earlier, before, row = before, row, [place]
        for at, wanted in enumerate(other, 1):
            cost = min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (letter != wanted))
            if place > 1 and at > 1 and letter == other[at - 2] and one[place - 2] == wanted:
                cost = min(cost, earlier[at - 2] + 1)
            row.append(cost)
    return row[-1]


def _fits(field: str, value: object) -> bool:
    """Say whether a value is of the kind that a field holds."""
    if field in _OBJECTS:
        return isinstance(value, dict)
    if field in _CONTEXT:
        return True
    if field == "type":
        return isinstance(value, str) and value.casefold() in _OWN
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _looks_like_an_event(value: object) -> bool:
    return isinstance(value, dict) and sum(name in value for name in _ALL) >= _WHOLE_EVENT


def _is_empty(value: object) -> bool:
    return value is None or value in ("", {}, [])
