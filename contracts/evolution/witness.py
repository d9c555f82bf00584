"""Witnesses: payloads on which two versions of a schema differ.

Small payloads that both versions take are changed at the place of a changed assertion, with the values that its
keyword turns on: one more, one less, another type, a name taken away. A candidate counts when one version takes it
and the other refuses it for nothing but that assertion.
"""

from __future__ import annotations

import copy
import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.evolution.assertions import Assertion, assertions
from contracts.evolution.smallest import smallest

Validator = Any  # of whichever draft the schema names

_ONE_OF_EACH: Final[tuple[Any, ...]] = (None, True, 0, 1, 1.5, "", "x", [], ["x"], {}, {"x": 1})
_OTHER_NAME: Final = "another"
_TRIED: Final = 4_000
_ENOUGH: Final = 12
_SAMPLES: Final = 8
_BRANCHES: Final = frozenset(("anyOf", "oneOf", "not", "contains"))
_KEYWORDS: Final = {
    "Constant": "const",
    "FalseSchema": "not allowed",
    "OneOfNotValid": "oneOf",
    "OneOfMultipleValid": "oneOf",
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Hold a payload that one version takes and the other refuses."""

    payload: Any


class Witnesses:
    """Look for witnesses between two schemas; `shell` is what every payload has around them."""

    def __init__(self, old: Any, new: Any, shell: dict[str, Any]) -> None:
        self._facts = sorted({*assertions(old), *assertions(new)}, key=Assertion.sort_key)
        both = {"allOf": [old, new]}
        made = [smallest(it, it, containers=wide) for it in (both, old, new) for wide in (False, True)]
        shown = [example for schema in (old, new) for example in _examples(schema)]
        self._bases = [_with_shell(base, shell) for base in (*made, *shown, {})]
        self._random = random.Random(0)  # noqa: S311 - the same witness each time, nothing secret

    def find(self, changed: Assertion, takes: Validator, refuses: Validator) -> Witness | None:
        """Return a small payload that `takes` takes and `refuses` does not, because of the changed assertion."""
        found: list[tuple[int, Any]] = []
        for payload in itertools.islice(self._candidates(changed), _TRIED):
            if not refuses.is_valid(payload) and takes.is_valid(payload) and _blames(refuses, payload, changed):
                found.append((len(repr(payload)), payload))
                if len(found) >= _ENOUGH:
                    break
        return Witness(min(found, key=lambda entry: entry[0])[1]) if found else None

    def any(self, takes: Validator, refuses: Validator) -> Witness | None:
        """Return a payload on which the versions differ, for whatever reason."""
        for fact in self._facts:
            for payload in itertools.islice(self._candidates(fact), _TRIED):
                if takes.is_valid(payload) and not refuses.is_valid(payload):
                    return Witness(payload)
        return None

    def taken(self, takes: Validator) -> Witness | None:
        """Return a small payload that is taken."""
        return next((Witness(base) for base in self._bases if takes.is_valid(base)), None)

    def _candidates(self, changed: Assertion) -> Iterator[Any]:
        paths = list(self._paths(changed.path))
        pool = list(self._pool(changed))
        for base, path, value in itertools.product(self._bases, paths, pool):
            yield _edited(base, path, value)
        if changed.keyword == "required":
            for base, path in itertools.product(self._bases, paths):
                for name in {changed.parsed(), *self._names(changed.path)}:
                    yield _edited(base, (*path, str(name)), _GONE)
        for base, path in itertools.product(self._bases, paths):
            yield _edited(base, path, _GONE)
            for value in _ONE_OF_EACH:
                yield _edited(base, (*path, _OTHER_NAME), value)
        yield from self._bases

    def _paths(self, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Put names in the place of `*` and of patterns."""
        choices = []
        for depth, part in enumerate(path):
            names = [*self._names_at(path[:depth]), _OTHER_NAME] if part == "*" else self._matching(part)
            choices.append([part, *names])
        yield from itertools.islice(itertools.product(*choices), 32)

    def _pool(self, changed: Assertion) -> Iterator[Any]:
        """Yield the values on which the keywords at this place turn."""
        seen: list[str] = []
        for fact in self._facts:
            if fact.path != changed.path:
                continue
            for value in self._turning(fact.keyword, fact.parsed(), fact.path):
                if repr(value) not in seen:
                    seen.append(repr(value))
                    yield value
        yield from _ONE_OF_EACH

    def _turning(self, keyword: str, value: Any, path: tuple[str, ...]) -> Iterator[Any]:
        match keyword:
            case "enum":
                yield from value
            case "const":
                yield value
            case "minLength" | "maxLength":
                yield from ("x" * max(0, value + step) for step in (-1, 0, 1))
            case "pattern":
                yield from self._matching(value)
            case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
                yield from (value, value - 1, value + 1, value - 0.5, value + 0.5)
            case "multipleOf":
                yield from (value, value * 2, value * 1.5, value + 1)
            case "minItems" | "maxItems":
                yield from (["x"] * max(0, value + step) for step in (-1, 0, 1))
                yield from (list(range(max(0, value + step))) for step in (-1, 0, 1))
            case "uniqueItems":
                yield ["x", "x"]
            case "minProperties" | "maxProperties":
                names = [*self._names_at(path), *(f"name_{number}" for number in range(min(value, 400) + 1))]
                yield from (dict.fromkeys(names[: max(0, value + step)], True) for step in (-1, 0, 1))
            case "propertyNames" | "not":
                yield from ({name: True} for pattern in _patterns(value) for name in self._matching(pattern))
            case "format":
                yield from ("2026-11-23", "2026-11-23T10:00:00Z", "a@example.com", "https://example.com/", "127.0.0.1")

    def _names(self, path: tuple[str, ...]) -> set[str]:
        return {fact.path[-1] for fact in self._facts if fact.path[:-1] == path and fact.path}

    def _names_at(self, path: tuple[str, ...]) -> list[str]:
        """Return names that the examples hold at a place, and some that match the patterns for names there."""
        names: list[str] = []
        for base in self._bases:
            for part in path:
                base = base.get(part) if isinstance(base, dict) else None  # noqa: PLW2901
            names += base if isinstance(base, dict) else ()
        for fact in self._facts:
            if fact.path == path and fact.keyword == "propertyNames":
                names += [name for pattern in _patterns(fact.parsed()) for name in self._matching(pattern)]
        return list(dict.fromkeys(names))[:_SAMPLES]

    def _matching(self, pattern: str) -> list[str]:
        """Return short strings that match a pattern; none when it is no pattern, or a plain name."""
        if not set("^$[](){}+*?.|\\") & set(pattern) or pattern == "*":
            return []
        import rstr  # noqa: PLC0415 - only to look for witnesses

        maker = rstr.Rstr(self._random)
        try:
            found = {maker.xeger(pattern) for _ in range(_SAMPLES)}
            return sorted((text for text in found if re.search(pattern, text)), key=lambda text: (len(text), text))[:2]
        except (re.error, KeyError, OverflowError, RecursionError):
            return []


_GONE: Final = object()


def _blames(refuses: Validator, payload: Any, changed: Assertion) -> bool:
    """Say whether a payload is refused for the changed assertion, and for nothing outside of its value."""
    blamed = False
    for error in itertools.islice(refuses.iter_errors(payload), 4):
        path, kind = tuple(str(part) for part in error.instance_path), error.kind
        keyword = _KEYWORDS.get(type(kind).__name__, type(kind).__name__[0].lower() + type(kind).__name__[1:])
        if _is_about(changed, keyword, path, kind):
            blamed = True
        elif len(path) < len(changed.path) or not _leads_to(path, changed.path):
            return False
    return blamed


def _is_about(changed: Assertion, keyword: str, path: tuple[str, ...], kind: Any) -> bool:
    if changed.keyword == "described":
        closed = keyword in ("additionalProperties", "unevaluatedProperties")
        return closed and list(kind.unexpected) == [changed.path[-1]] and path == changed.path[:-1]
    if changed.in_branch and keyword in _BRANCHES:
        return _leads_to(path, changed.path[: len(path)])
    if keyword != changed.keyword or len(path) != len(changed.path) or not _leads_to(path, changed.path):
        return False
    return keyword != "required" or bool(kind.property == changed.parsed())


def _leads_to(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return all(part in (step, "*") or _is_match(part, step) for step, part in zip(path, pattern, strict=False))


def _is_match(pattern: str, name: str) -> bool:
    try:
        return bool(set("^$[](){}+*?.|\\") & set(pattern)) and re.search(pattern, name) is not None
    except re.error:
        return False


def _edited(base: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a copy of `base` with one place set, or removed; containers on the way are made."""
    if not path:
        return copy.deepcopy(value) if value is not _GONE else None
    result = copy.deepcopy(base) if isinstance(base, dict) else {}
    spot: Any = result
    for part, following in itertools.pairwise(path):
        if isinstance(spot, list):
            spot[:] = spot[:1] or [[] if following == "*" else {}]
            spot = spot[0]
        elif isinstance(spot, dict):
            if not isinstance(spot.get(part), dict | list):
                if value is _GONE:
                    return result
                spot[part] = [] if following == "*" else {}
            spot = spot[part]
    last = path[-1]
    if isinstance(spot, list):
        spot[:] = [] if value is _GONE else [copy.deepcopy(value)]
    elif isinstance(spot, dict) and value is _GONE:
        spot.pop(last, None)
    elif isinstance(spot, dict):
        spot[last] = copy.deepcopy(value)
    return result


def _patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns anywhere in a schema."""
    pending = [schema]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str):
                yield value["pattern"]
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _with_shell(base: Any, shell: dict[str, Any]) -> Any:
    return {**shell, **base} if isinstance(base, dict) else dict(shell)


def _examples(schema: Any) -> list[Any]:
    examples = schema.get("examples") if isinstance(schema, dict) else None
    return examples if isinstance(examples, list) else []
