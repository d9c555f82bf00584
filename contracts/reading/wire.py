"""What a payload is on the wire: its size in bytes, and whether JSON can say it at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import orjson

from contracts.catalogue import rule
from contracts.explain import describe, pointer
from contracts.limits import BATCH_BYTES, EVENT_BYTES
from contracts.rule import Observation, Violation

_DEPTH: Final = 1_024
_LEAVE: Final = object()
LIMITS: Final = {"E101": EVENT_BYTES, "E102": BATCH_BYTES}


def on_the_wire(payload: object, size_rule: str, sent_bytes: int | None) -> Iterator[Violation]:
    """Yield what keeps a payload from being sent: values without JSON, or too many bytes.

    `size_rule` is E101 for an event and E102 for a batch. With `sent_bytes` the payload came out of JSON text.
    """
    if sent_bytes is None:
        unsayable = list(_unsayable(payload))
        yield from unsayable
        sent_bytes = 0 if unsayable else json_size(payload)
    if sent_bytes > LIMITS[size_rule]:
        yield Violation.of(rule(size_rule), Observation("", f"{sent_bytes:,} bytes"))


def json_size(payload: object) -> int:
    """Return the bytes of a payload as compact UTF-8 JSON; 0 when it nests too deep to be written."""
    try:
        return len(orjson.dumps(payload))
    except TypeError:
        return 0


def _unsayable(payload: object) -> Iterator[Violation]:
    """Walk without recursion, so that neither depth nor a value that contains itself costs the stack."""
    pending: list[tuple[list[str | int], object]] = [([], payload)]
    around: list[int] = []  # the containers that the walk is inside of
    while pending:
        path, value = pending.pop()
        if value is _LEAVE:
            around.pop()
        elif isinstance(value, dict | list | tuple):
            if id(value) in around or len(around) > _DEPTH:
                yield _no_json(path, "a value that contains itself" if id(value) in around else "too deep a nesting")
                continue
            around.append(id(value))
            pending.append((path, _LEAVE))
            members = value.items() if isinstance(value, dict) else enumerate(value)
            for key, inner in members:
                if isinstance(value, dict) and not (isinstance(key, str) and _encodes(key)):
                    yield _no_json(path, f"the key {key!r}")
                else:
                    pending.append(([*path, key], inner))
        elif isinstance(value, float) and not math.isfinite(value):
            yield Violation.of(rule("E106"), Observation(pointer(path), describe(value)))
        elif isinstance(value, str) and not _encodes(value):
            yield _no_json(path, "a string with half a surrogate pair")
        elif value is not None and not isinstance(value, str | bool | int | float):
            yield _no_json(path, describe(value))


def _no_json(path: list[str | int], found: str) -> Violation:
    return Violation.of(rule("E107"), Observation(pointer(path), found))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
