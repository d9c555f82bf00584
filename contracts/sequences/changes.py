"""Changes: what an event says about who is in which cohort."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.explain import pointer
from contracts.trait_key import TRAIT_KEY_STYLES, TraitKey, TraitKeyFormat, trait_key_format


@dataclass(frozen=True, slots=True)
class Change:
    """Say that a user is told to be in a cohort, or not, or null.

    `content` is a digest of the event without its id and its times of sending.
    """

    user: str
    key: str
    cohort_id: str
    is_member: bool | None
    in_style: bool
    message_id: str | None
    timestamp: str | None
    content: int
    pointer: str


_NOT_SAID: Final = frozenset(("messageId", "sentAt", "receivedAt", "writeKey", "type"))
"""What a retry may change, and what differs between two arrivals of the same event."""


def changes(event: dict[str, Any], spelling: TraitKeyFormat) -> Iterator[Change]:
    """Yield the membership changes that an identify event tells; other values than booleans and null tell nothing."""
    user, traits = event.get("userId"), event.get("traits")
    if event.get("type", "identify") != "identify" or not isinstance(user, str) or not isinstance(traits, dict):
        return
    content: int | None = None
    for key, value in traits.items():
        if value is not None and not isinstance(value, bool):
            continue
        read, in_style = read_key(key, spelling)
        if read is None:
            continue
        content = content_of(event) if content is None else content
        message_id, timestamp = event.get("messageId"), event.get("timestamp")
        yield Change(
            user,
            key,
            read.cohort_id,
            value,
            in_style,
            message_id if isinstance(message_id, str) and message_id else None,
            timestamp if isinstance(timestamp, str) else None,
            content,
            pointer(["traits", key]),
        )


def read_key(key: str, spelling: TraitKeyFormat) -> tuple[TraitKey | None, bool]:
    """Read a trait key in the configured spelling, or else in any published one; say whether it was the first."""
    branded = key.startswith("[Amplitude] ") and "[Amplitude]" not in spelling.template
    read = None if branded else spelling.parse(key)
    if read is not None:
        return read, True
    for style in sorted(TRAIT_KEY_STYLES, key=lambda name: -len(TRAIT_KEY_STYLES[name])):
        other = trait_key_format(style)
        if other.template != spelling.template and (read := other.parse(key)) is not None and style != "partner-test":
            return read, False
    return (spelling.parse(key), True) if branded else (None, False)


def content_of(event: dict[str, Any]) -> int:
    """Return a digest of what an event says, leaving out what a retry may change."""
    said = {name: value for name, value in event.items() if name not in _NOT_SAID}
    try:
        written = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # it nests deeper than orjson writes: names, and what is not nested, tell it from others
        flat = {name: len(value) if isinstance(value, dict | list) else value for name, value in said.items()}
        written = orjson.dumps(flat, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(written, digest_size=8).digest())
