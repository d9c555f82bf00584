"""Witnesses: payloads on which two versions of a schema differ.

Small payloads that both versions take are changed at the place of a changed assertion, with the values that its
keyword turns on: one more, one less, another type, a name taken away. A candidate counts when one version takes it
and the other refuses it for nothing but that assertion. What a search may cost is bounded.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.evolution.assertions import Assertion, patterns
from contracts.evolution.budget import QUESTION, Budget, size
from contracts.evolution.matching import is_pattern, matches, matching
from contracts.evolution.sides import Blame, Side
from contracts.evolution.smallest import LONGEST, smallest

_ONE_OF_EACH: Final[tuple[Any, ...]] = (None, True, 0, 1, 1.5, "", "x", [], ["x"], {}, {"x": 1})
_OTHER_NAME: Final = "another"
_TRIED: Final = 4_000
_ENOUGH: Final = 12
_SAMPLES: Final = 8
_ASKING: Final = 200
_BRANCHES: Final = frozenset(("anyOf", "oneOf", "not", "contains", "propertyNames"))


_TURNS: Final[dict[str, tuple[Any, ...]]] = {
    "uniqueItems": (["x", "x"],),
    "format": (
        *("2026-11-23", "2026-11-23T10:00:00Z", "10:00:00", "a@example.com", "https://example.com/", "example.com"),
        *("127.0.0.1", "::1", "00000000-0000-0000-0000-00000000000a", "/x"),
    ),
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Hold a payload that one version takes and the other refuses."""

    payload: Any


class Witnesses:
    """Look for witnesses between two schemas; `shell` is what every payload has around them."""

    def __init__(self, old: Any, new: Any, facts: Iterable[Assertion], shell: dict[str, Any], budget: Budget) -> None:
        self._facts = sorted(set(facts), key=Assertion.sort_key)
        self._at: dict[tuple[str, ...], list[Assertion]] = {}
        self._named: dict[tuple[str, ...], dict[str, None]] = {}
        self._pools: dict[tuple[str, ...], list[tuple[Any, int]]] = {}
        for fact in self._facts:
            self._at.setdefault(fact.path, []).append(fact)
            if fact.path:
                self._named.setdefault(fact.path[:-1], {})[fact.path[-1]] = None
        both = {"allOf": [old, new]}
        made = [smallest(it, it, containers=wide) for it in (both, old, new) for wide in (False, True)]
        shown = [example for schema in (old, new) for example in _examples(schema)]
        self._bases = _different(_with_shell(base, shell) for base in (*made, *shown, {}))
        judged = _judging(self._facts)
        self._costs = [size(base) + judged for base in self._bases]
        self._budget = budget

    def find(self, changed: Assertion, takes: Side, refuses: Side) -> Witness | None:
        """Return a small payload that `takes` takes and `refuses` does not, because of the changed assertion."""
        found: list[tuple[int, Any]] = []
        for payload in self._tried(changed):
            if not refuses.is_valid(payload) and takes.is_valid(payload) and _blames(refuses, payload, changed):
                found.append((len(repr(payload)), payload))
                if len(found) >= _ENOUGH:
                    break
        return Witness(min(found, key=lambda entry: entry[0])[1]) if found else None

    def any(self, takes: Side, refuses: Side) -> Witness | None:
        """Return a payload on which the versions differ, for whatever reason."""
        for fact in self._facts:
            for payload in self._tried(fact):
                if takes.is_valid(payload) and not refuses.is_valid(payload):
                    return Witness(payload)
            if self._budget.is_over:
                break
        return None

    def taken(self, takes: Side) -> Witness | None:
        """Return a small payload that is taken."""
        return next((Witness(base) for base in self._bases if takes.is_valid(base)), None)

    def _tried(self, changed: Assertion) -> Iterator[Any]:
        """Yield candidates as far as they may cost something."""
        question = self._budget.part(QUESTION)
        question.spend(_ASKING)
        for number, cost, path, value in itertools.islice(self._candidates(changed), _TRIED):
            if not question.spend(self._costs[number] + cost):
                return
            base = self._bases[number]
            yield base if path is None else _edited(base, path, value)

    def _candidates(self, changed: Assertion) -> Iterator[tuple[int, int, tuple[str, ...] | None, Any]]:
        """Yield which base to change, what the value costs, where to put it, and the value."""
        if changed.path not in self._pools:
            self._pools[changed.path] = [(value, size(value)) for value in self._pool(changed.path)]
        paths, pool = list(self._paths(changed.path)), self._pools[changed.path]
        numbers = range(len(self._bases))
        for number, path, (value, cost) in itertools.product(numbers, paths, pool):
            yield number, cost, path, value
        if changed.keyword == "required":
            names = dict.fromkeys(
                (str(changed.parsed()), *itertools.islice(self._named.get(changed.path, ()), _SAMPLES))
            )
            for number, path, name in itertools.product(numbers, paths, names):
                yield number, 1, (*path, name), _GONE
        for number, path in itertools.product(numbers, paths):
            yield number, 1, path, _GONE
            for value in _ONE_OF_EACH:
                yield number, 1, (*path, _OTHER_NAME), value
        yield from ((number, 0, None, None) for number in numbers)

    def _paths(self, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Put names in the place of `*` and of patterns."""
        choices = []
        for depth, part in enumerate(path):
            names = [*self._names_at(path[:depth]), _OTHER_NAME] if part == "*" else matching(part)
            choices.append([part, *names])
        yield from itertools.islice(itertools.product(*choices), 32)

    def _pool(self, path: tuple[str, ...]) -> Iterator[Any]:
        """Yield the values on which the keywords at a place turn."""
        seen: set[str] = set()
        for fact in self._at.get(path, ()):
            for value in self._turning(fact.keyword, fact.parsed(), fact.path):
                text = repr(value)
                if text not in seen:
                    seen.add(text)
                    yield value
            if len(seen) > _TRIED:
                break
        yield from _ONE_OF_EACH

    def _turning(self, keyword: str, value: Any, path: tuple[str, ...]) -> Iterator[Any]:
        match keyword:
            case "enum":
                yield from value
            case "const":
                yield value
            case "minLength" | "maxLength":
                yield from ("x" * count for count in _around(value))
            case "pattern":
                yield from matching(value)
            case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
                yield from (value, value - 1, value + 1, value - 0.5, value + 0.5)
            case "multipleOf":
                yield from (value, value * 2, value * 1.5, value + 1)
            case "minItems" | "maxItems":
                yield from (["x"] * count for count in _around(value))
                yield from (list(range(count)) for count in _around(value))
            case "minProperties" | "maxProperties":
                names = [*self._names_at(path), *(f"name_{number}" for number in range(min(int(value), 400) + 1))]
                yield from (dict.fromkeys(names[:count], True) for count in _around(value))
            case "dependencies" | "dependentRequired":
                for name in value:
                    yield {name: "x"}
                    yield {name: 1}
            case "propertyNames" | "not":
                yield from ({name: True} for pattern in patterns(value) for name in matching(pattern))
            case _:
                yield from _TURNS.get(keyword, ())

    def _names_at(self, path: tuple[str, ...]) -> list[str]:
        """Return names that the examples hold at a place, and some that match the patterns for names there."""
        names: list[str] = []
        for base in self._bases:
            for part in path:
                base = base.get(part) if isinstance(base, dict) else None  # noqa: PLW2901
            names += itertools.islice(base, _SAMPLES) if isinstance(base, dict) else ()
        for fact in itertools.islice(self._at.get(path, ()), _TRIED):
            if fact.keyword == "propertyNames":
                names += [name for pattern in patterns(fact.parsed()) for name in matching(pattern)]
        return list(dict.fromkeys(names))[:_SAMPLES]


_GONE: Final = object()


def _judging(facts: list[Assertion]) -> int:
    """Return about what one look by both versions costs, in nodes: alternatives, long lists and required names."""
    longest = max((len(fact.value) for fact in facts), default=0)
    branches = sum(fact.in_branch for fact in facts)
    return branches // 2 + longest // 50 + sum(fact.keyword == "required" for fact in facts) // 20


def _around(value: Any) -> list[int]:
    """Return one less, as many and one more, unless that is more than a witness should have."""
    return [count for count in (int(value) - 1, int(value), int(value) + 1) if 0 <= count <= LONGEST]


def _different(bases: Iterable[Any]) -> list[Any]:
    seen: dict[str, Any] = {}
    for base in bases:
        seen.setdefault(repr(base), base)
    return list(seen.values())


def _blames(refuses: Side, payload: Any, changed: Assertion) -> bool:
    """Say whether a payload is refused for the changed assertion, and for nothing outside of its value."""
    blamed = False
    for blame in itertools.islice(refuses.blames(payload), 4):
        if _is_about(changed, blame):
            blamed = True
        elif len(blame.path) < len(changed.path) or not _leads_to(blame.path, changed.path):
            return False
    return blamed


def _is_about(changed: Assertion, blame: Blame) -> bool:
    if changed.keyword == "described":
        closed = blame.keyword in ("additionalProperties", "unevaluatedProperties")
        return closed and blame.names == (changed.path[-1],) and blame.path == changed.path[:-1]
    if changed.in_branch and blame.keyword in _BRANCHES:
        return _leads_to(blame.path, changed.path[: len(blame.path)])
    if len(blame.path) != len(changed.path) or not _leads_to(blame.path, changed.path):
        return False
    if blame.keyword == "required" and changed.keyword in ("dependencies", "dependentRequired"):
        return True  # jsonschema-rs says what a dependency lacks
    if blame.keyword != changed.keyword:
        return False
    return changed.keyword != "required" or blame.names == (changed.parsed(),)


def _leads_to(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return all(
        part in (step, "*") or (is_pattern(part) and matches(part, step))
        for step, part in zip(path, pattern, strict=False)
    )


def _edited(base: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a copy of `base` with one place set, or removed; containers on the way are made."""
    if not path:
        return copy.deepcopy(value) if value is not _GONE else None
    result = copy.deepcopy(base) if isinstance(base, dict | list) else [] if _is_step(path[0]) else {}
    spot: Any = result
    for part, following in itertools.pairwise(path):
        inner: Any = [] if _is_step(following) else {}
        if isinstance(spot, list):
            spot = _element(spot, part, inner, keep=True)
        elif isinstance(spot, dict):
            if not isinstance(spot.get(part), dict | list):
                if value is _GONE:
                    return result
                spot[part] = inner
            spot = spot[part]
    last = path[-1]
    if isinstance(spot, list) and value is _GONE:
        spot.clear()
    elif isinstance(spot, list):
        _element(spot, last, copy.deepcopy(value), keep=False)
    elif isinstance(spot, dict) and value is _GONE:
        spot.pop(last, None)
    elif isinstance(spot, dict):
        spot[last] = copy.deepcopy(value)
    return result


def _is_step(part: str) -> bool:
    """Say whether a step of a path leads to an element rather than to a member."""
    return part == "*" or part.isdecimal()


def _element(array: list[Any], part: str, value: Any, *, keep: bool) -> Any:
    """Make an array end with the element that a step names, the first for `*`; a container there may be kept."""
    index = min(int(part), LONGEST) if part.isdecimal() else 0
    array[index + 1 :] = []
    array += ["x"] * (index + 1 - len(array))
    if not (keep and isinstance(array[index], dict | list)):
        array[index] = value
    return array[index]


def _with_shell(base: Any, shell: dict[str, Any]) -> Any:
    return {**shell, **base} if isinstance(base, dict) else dict(shell) or base


def _examples(schema: Any) -> list[Any]:
    examples = schema.get("examples") if isinstance(schema, dict) else None
    return examples if isinstance(examples, list) else []
