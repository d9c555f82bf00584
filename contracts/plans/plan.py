"""A tracking plan as Segment exports it: rules, each a draft-07 schema over the whole event.

Read from the Public API's answers, one page or several in an array, from Typewriter's plan.json, or from the older
Config API shape (segment facts 5.6 [sdk]). What is wrong with one rule is kept beside the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.errors import BadPlan
from contracts.plans.node import Path
from contracts.plans.schema import PlanSchema

KINDS: Final = ("TRACK", "IDENTIFY", "GROUP", "PAGE", "SCREEN", "COMMON")
_VIEWED: Final = {"page": "Page Viewed", "screen": "Screen Viewed"}
_KEYLESS: Final = ("IDENTIFY", "GROUP", "COMMON")


@dataclass(frozen=True, slots=True, eq=False)
class PlanRule:
    """Hold one rule of a plan; `path` leads to it in the document, `schema_path` to its schema."""

    kind: str
    key: str | None
    version: int
    document: dict[str, Any]
    path: Path = ()
    schema_path: Path = ()
    schema: PlanSchema = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", PlanSchema(self.document))

    def names(self, name_field: str) -> frozenset[str]:
        """Return the names that the rule plans in `properties` or `traits`."""
        part = _member(_member(self.document, "properties"), name_field)
        return frozenset(_member(part, "properties") or ())

    def __str__(self) -> str:
        key = f" {self.key!r}" if self.key else ""
        return f"{self.kind}{key} version {self.version}"


@dataclass(frozen=True, slots=True)
class BadRule:
    """Say which entry of a plan is no rule, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Hold a plan's rules by what they are for, oldest version first, and the entries that are no rules.

    `missing` says, in words, that the file is not the whole plan.
    """

    name: str
    rules: tuple[PlanRule, ...]
    plan_id: str = ""
    bad_rules: tuple[BadRule, ...] = ()
    missing: str | None = None
    _index: dict[tuple[str, str | None], list[PlanRule]] = field(default_factory=dict)

    def versions(self, event: dict[str, Any]) -> list[PlanRule]:
        """Return the rules for an event's call and name, oldest version first; empty when it is unplanned."""
        call = event.get("type")
        if call == "track":
            return self._index.get(("TRACK", _text(event.get("event"))), [])
        if call in ("identify", "group"):
            return self._index.get((call.upper(), None), [])
        if call in _VIEWED:
            wanted = ((call.upper(), _text(event.get("name"))), (call.upper(), None), ("TRACK", _VIEWED[call]))
            return next((self._index[key] for key in wanted if key in self._index), [])
        return []

    def common(self) -> PlanRule | None:
        """Return the rule that every event is held to, if there is one."""
        found = self._index.get(("COMMON", None), [])
        return found[0] if found else None


def plan(document: Any) -> Plan:
    """Read a plan; raise `BadPlan` when the document is none."""
    reader = _Reader()
    reader.read(document, ())
    read = [_rule(path, entry, schema_path) for path, entry, schema_path in reader.entries]
    rules = [found for found in read if isinstance(found, PlanRule)]
    index: dict[tuple[str, str | None], list[PlanRule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.version):
        index.setdefault((rule.kind, None if rule.kind in _KEYLESS else rule.key or None), []).append(rule)
    bad = tuple(found for found in read if isinstance(found, BadRule))
    return Plan(reader.name, tuple(rules), reader.plan_id, bad, reader.missing(), index)


class _Reader:
    """Find the rules in any of the shapes in which they are exported, each with its place."""

    def __init__(self) -> None:
        self.name = self.plan_id = ""
        self.entries: list[tuple[Path, Any, Path]] = []
        self._pages: list[dict[str, Any]] = []

    def read(self, document: Any, path: Path) -> None:
        """Gather the rules of a plan, of one page of it, or of an array of pages."""
        for _ in range(4):  # data, trackingPlan, rules
            if isinstance(document, list):
                self._list(document, path)
                return
            if not isinstance(document, dict):
                break
            self.name = str(document.get("name") or document.get("display_name") or self.name)
            self.plan_id = str(document.get("resourceSchemaId") or document.get("id") or self.plan_id)
            if isinstance(document.get("pagination"), dict):
                self._pages.append(document["pagination"])
            if isinstance(document.get("rules"), dict):
                self.entries += _old_rules(document["rules"], (*path, "rules"))
                return
            step = next((name for name in ("rules", "data", "trackingPlan") if document.get(name) is not None), None)
            if step is None:
                break
            document, path = document[step], (*path, step)
        detail = "the file is not a tracking plan: expected `rules`, as the Public API or Typewriter export them"
        raise BadPlan(detail)

    def missing(self) -> str | None:
        """Say that pages of the plan are missing, by their cursor or by the number of rules."""
        if not self._pages:
            return None
        last, count = self._pages[-1], len(self.entries)
        total = last.get("totalEntries")
        if isinstance(total, int) and not isinstance(total, bool) and total != count:
            return f"{count:,} of {total:,} rules"
        if last.get("next"):
            return f"{count:,} rules, and a cursor to the next page of them"
        if len(self._pages) == 1 and last.get("previous") and total is None:
            return f"{count:,} rules, and a cursor to the page before"
        return None

    def _list(self, found: list[Any], path: Path) -> None:
        for index, entry in enumerate(found):
            place = (*path, index)
            if isinstance(entry, dict) and "type" not in entry and entry.keys() & {"data", "rules"}:
                self.read(entry, place)
            else:
                self.entries.append((place, entry, (*place, "jsonSchema")))


def _old_rules(rules: dict[str, Any], path: Path) -> Iterator[tuple[Path, Any, Path]]:
    """Turn the Config API's shape into rules."""
    events = rules.get("events")
    for index, event in enumerate(events if isinstance(events, list) else ()):
        place = (*path, "events", index)
        if isinstance(event, dict):
            schema, version = event.get("rules"), event.get("version", 1)
            rule = {"type": "TRACK", "key": event.get("name"), "version": version, "jsonSchema": schema}
            yield place, rule, (*place, "rules")
        else:
            yield place, event, place
    for kind, name in (("IDENTIFY", "identify"), ("GROUP", "group"), ("COMMON", "global")):
        if rules.get(name):
            place = (*path, name)
            yield place, {"type": kind, "key": None, "version": 1, "jsonSchema": rules[name]}, place


def _rule(path: Path, entry: Any, schema_path: Path) -> PlanRule | BadRule:
    if not isinstance(entry, dict) or entry.get("type") not in KINDS:
        return BadRule(path, f"no type of {', '.join(KINDS)}")
    kind, key, version = entry["type"], entry.get("key"), entry.get("version", 1)
    if not isinstance(entry.get("jsonSchema"), dict):
        return BadRule(path, "no jsonSchema object")
    if kind == "TRACK" and not isinstance(key, str):
        return BadRule(path, "type TRACK, and a key that is not the name of an event")
    if key is not None and not isinstance(key, str) and kind not in _KEYLESS:
        return BadRule(path, "a key that is neither a name nor null")
    if not isinstance(version, int) or isinstance(version, bool):
        return BadRule(path, "a version that is not an integer")
    return PlanRule(kind, None if kind in _KEYLESS else key, version, entry["jsonSchema"], path, schema_path)


def _member(value: Any, name: str) -> dict[str, Any]:
    """Return an object's member that is an object itself, or an empty one."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
