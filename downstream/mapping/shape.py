"""What a mapping must look like before it is tried (destination facts 5, shape [run core 3.170.0])."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from contracts.foreign import quoted
from contracts.javascript import MISSING, units

LONGEST_PATTERN: Final = 10

_Check = Callable[[Any, str], Iterator[str]]
_KINDS: Final = {str: "a text", bool: "a boolean", int: "a number", float: "a number", list: "a list"}


def faults(mapping: Any, at: str = "") -> Iterator[str]:
    """Yield what is wrong with a mapping, each with its place; nothing when it can be tried.

    Lists are not looked into: what is wrong inside of one shows when an event comes.
    """
    if is_directive_like(mapping):
        yield from _directive(mapping, at)
    elif isinstance(mapping, dict):
        for key, value in mapping.items():
            yield from faults(value, f"{at}/{key}")


def is_directive_like(value: Any) -> bool:
    """Say whether a value is an object with a key that begins with @."""
    return isinstance(value, dict) and any(key.startswith("@") for key in value)


def is_directive(value: Any) -> bool:
    """Say whether a value is a directive: nothing beside its @-keys but `_metadata`."""
    return is_directive_like(value) and all(key.startswith("@") or key == "_metadata" for key in value)


def _directive(value: Any, at: str) -> Iterator[str]:
    names = [key for key in value if key.startswith("@")]
    if len(names) > 1 or not is_directive(value):
        yield f"{at or '/'} should hold one key that begins with @, and holds {len(value)} keys"
    elif names[0] not in _CHECKS:
        yield f"{at or '/'} has no directive {quoted(names[0], 40)}"
    else:
        yield from _CHECKS[names[0]](value[names[0]], f"{at}/{names[0]}")


def _wrong(value: Any, at: str, wanted: str) -> Iterator[str]:
    found = "a directive" if is_directive_like(value) else "nothing" if value is None else _KINDS.get(type(value))
    yield f"{at} should be {wanted}, and is {found or 'an object'}"


def _anything(value: Any, at: str) -> Iterator[str]:
    if is_directive_like(value):
        yield from _directive(value, at)


def _text(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield from _wrong(value, at, "a text")


def _text_or_directive(value: Any, at: str) -> Iterator[str]:
    if is_directive_like(value):
        yield from _directive(value, at)
    elif not isinstance(value, str):
        yield from _wrong(value, at, "a text or a directive")


def _object_or_directive(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from faults(value, at)
    else:
        yield from _wrong(value, at, "an object or a directive")


def _boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield from _wrong(value, at, "true or false")


def _list(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield from _wrong(value, at, "a list")


def _between(least: int) -> _Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield from _wrong(value, at, "a text")
        elif not least <= len(units(value)) <= LONGEST_PATTERN:
            yield f"{at} should be a text of {least} to {LONGEST_PATTERN} characters"

    return check


def _one_of(*allowed: str) -> _Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield from _wrong(value, at, "a text")
        elif value.lower() not in allowed:
            yield f"{at} should be {' or '.join(allowed)}, and is {quoted(value, 40)}"

    return check


def _options(required: Mapping[str, _Check] | None, optional: Mapping[str, _Check] | None = None) -> _Check:
    needed, known = required or {}, optional or {}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict) or is_directive_like(value):
            yield from _wrong(value, at, "an object")
            return
        yield from faults(value, at)
        for key, look in needed.items():
            if value.get(key, MISSING) is MISSING:
                yield f"{at} should have {key}"
            else:
                yield from look(value[key], f"{at}/{key}")
        for key, look in known.items():
            if value.get(key, MISSING) is not MISSING:
                yield from look(value[key], f"{at}/{key}")

    return check


def _array_path(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield from _wrong(value, at, "a list")
        return
    yield from _text_or_directive(value[0] if value else None, f"{at}/0")
    yield from faults(value[1] if len(value) > 1 else None, f"{at}/1")


def _merge(value: Any, at: str) -> Iterator[str]:
    wrong = list(_options({"objects": _list}, {"direction": _one_of("left", "right")})(value, at))
    yield from wrong
    if not wrong:
        for place, each in enumerate(value["objects"]):
            yield from _object_or_directive(each, f"{at}/objects/{place}")


_CHECKS: Final[Mapping[str, _Check]] = {
    "@if": _options(None, {"exists": _anything, "then": _anything, "else": _anything}),
    "@case": _options(None, {"operator": _text, "value": _text_or_directive}),
    "@replace": _options(
        {"pattern": _between(1), "value": _text_or_directive},
        {"replacement": _between(0), "ignorecase": _boolean, "global": _boolean},
    ),
    "@arrayPath": _array_path,
    "@path": _text_or_directive,
    "@json": _options({"value": _anything, "mode": _one_of("encode", "decode")}),
    "@flatten": _options({"value": _anything}, {"separator": _text}),
    "@merge": _merge,
    "@template": _text_or_directive,
    "@literal": _anything,
    "@transform": _options({"apply": _object_or_directive, "mapping": _object_or_directive}),
    "@excludeWhenNull": _anything,
    "@liquid": _text,
}
