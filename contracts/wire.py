"""What a payload is on the wire: its size in bytes, and whether JSON can say it at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import orjson

from contracts.explain import describe, pointer
from contracts.limits import BATCH_BYTES, EVENT_BYTES
from contracts.rule import Observation, Violation
from contracts.rules import rule

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
    """Walk without recursion, so that depth costs no stack."""
    pending: list[tuple[list[str | int], object]] = [([], payload)]
    while pending:
        path, value = pending.pop()
        if value is None or isinstance(value, bool | int):
            continue
        if isinstance(value, str):
            if not _encodes(value):
                yield Violation.of(rule("E107"), Observation(pointer(path), "a string with half a surrogate pair"))
        elif isinstance(value, float):
            if not math.isfinite(value):
                yield Violation.of(rule("E106"), Observation(pointer(path), describe(value)))
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(key, str) and _encodes(key):
                    pending.append(([*path, key], inner))
                else:
                    yield Violation.of(rule("E107"), Observation(pointer(path), f"the key {key!r}"))
        elif isinstance(value, list | tuple):
            pending.extend(([*path, index], inner) for index, inner in enumerate(value))
        else:
            yield Violation.of(rule("E107"), Observation(pointer(path), describe(value)))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
