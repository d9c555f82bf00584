"""A definition as one SQL statement that yields its members: clauses select, `or` unites, `and` intersects.

Tables it reads: `events(seq, who, name, happened, p, up)`, `seen(who, first)` with everybody's first event, and
`members(cohort_id, who)` of the cohorts that a definition may read. Times are bounds made by `contracts.definitions`,
so no statement knows a zone or a day. What a value is and when it meets a demand is in `contracts.definitions.values`:
`p` and `up` hold its texts, several of them between separators.
"""
# ruff: noqa: S608 - every value is a parameter

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.definitions import model
from contracts.definitions.model import (
    Clause,
    Count,
    Definition,
    Different,
    Doing,
    Element,
    Filter,
    Held,
    InCohort,
    InEach,
    MoreThan,
    NewOrActive,
    Nth,
    Performed,
    Returned,
    Sequence,
    Spread,
    Total,
)
from contracts.definitions.values import NUMBER, SEPARATOR
from contracts.definitions.windows import (
    DAY_MS,
    EVER,
    Bounds,
    Rules,
    bounds,
    is_exact,
    local_day,
    shifts,
    slices,
    whole_periods,
)

VARIANT, JSON = "VARIANT", "JSON"
_COMPARE: Final = {"!=": "<>"}
_AHEAD: Final = 7000 * DAY_MS  # whole weeks: local times of the first hours of 1970 are positive, too
_BITS: Final = 60
_ORDER: Final = f"happened::HUGEINT * {1 << 62} + seq"  # by time, then by arrival; as one number in a third of the time
_PARAMETER: Final = re.compile(r"\$(v[0-9]+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with named parameters and their values."""

    sql: str
    values: Mapping[str, Any]


def statement(
    definition: Definition,
    now: int,
    rules: Rules,
    *,
    properties: str = VARIANT,
    lists: bool = True,
    tables: tuple[str, str, str] = ("events", "seen", "events"),
) -> Statement:
    """Return what selects the members at a moment as `who`, each once.

    `properties` is the type of the columns that hold them; `lists` says whether any property holds several texts;
    `tables` are those of the events, which need no properties, of everybody's first, and of events with properties,
    where it is not everybody who is asked about.
    """
    compiler = _Compiler(now, rules, properties, lists)
    compiler.events, compiler.seen, compiler.wide = tables
    sql = compiler.definition(definition)
    used = set(_PARAMETER.findall(sql))
    return Statement(sql, {name: value for name, value in compiler.values.items() if name in used})


class _Compiler:
    def __init__(self, now: int, rules: Rules, properties: str, lists: bool) -> None:
        self._now, self._rules, self._properties, self._lists = now, rules, properties, lists
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}
        self.events, self.seen, self.wide = "events", "seen", "events"

    def _value(self, value: Any) -> str:
        """Return the parameter that stands for a value."""
        key = (type(value), tuple(value) if isinstance(value, list) else value)
        if key not in self._names:
            self._names[key] = f"v{len(self._names)}"
            self.values[self._names[key]] = value
        return f"${self._names[key]}"

    def definition(self, definition: Definition) -> str:
        return self._united([self._group(group) for group in definition.groups])

    def _group(self, group: tuple[Element, ...]) -> str:
        """Demand every element: those that select first, then what is taken away from them."""
        wanted = [self._element(each) for each in group if not each.negated]
        unwanted = [self._element(each) for each in group if each.negated]
        parts = wanted or [self._everybody()]
        # A SELECT of its own each, for EXCEPT and INTERSECT do not bind alike.
        sql = parts[0]
        for part in parts[1:]:
            sql = f"SELECT who FROM ({sql}) WHERE who IN ({part})"
        for part in unwanted:
            sql = f"SELECT who FROM ({sql}) WHERE who NOT IN ({part})"
        if unwanted and wanted:  # who never had an event is excluded from nothing, and so not in it either
            sql = f"SELECT who FROM ({sql}) WHERE who IN ({self._everybody()})" if _reads_cohorts(group) else sql
        return sql

    def _element(self, element: Element) -> str:
        return self._united([self._clause(each) for each in element.clauses])

    def _united(self, parts: list[str]) -> str:
        return parts[0] if len(parts) == 1 else " UNION ".join(f"SELECT who FROM ({part})" for part in parts)

    def _everybody(self) -> str:
        return f"SELECT who FROM {self.seen} WHERE first <= {self._value(self._now)}"

    def _clause(self, clause: Clause) -> str:
        match clause:
            case Performed():
                return self._performed(clause)
            case Held():
                return self._held(clause)
            case NewOrActive(is_new=True):
                start, end = self._bounds(clause.window)
                return f"SELECT who FROM {self.seen} WHERE first >= {self._value(start)} AND first < {self._value(end)}"
            case NewOrActive():
                return f"SELECT DISTINCT who FROM ({self._source(Doing(model.ACTIVE), self._bounds(clause.window))})"
            case Returned():
                return self._returned(clause)
            case InEach():
                return self._in_each(clause)
            case InCohort():
                return f"SELECT who FROM members WHERE cohort_id = {self._value(clause.cohort_id)}"
            case Sequence():
                return self._sequence(clause)

    def _bounds(self, window: model.Window) -> Bounds:
        return bounds(window, self._now, self._rules)

    # Events

    def _source(self, doing: Doing, window: Bounds, *, wide: bool = False) -> str:
        """Select the events of a kind in a window; `wide`, with properties that are asked for later."""
        where = self._inside(window)
        where += [self._named(doing.event), *(self._filter(each) for each in doing.where)]
        demands = " AND ".join(each for each in where if each) or "true"
        return f"SELECT * FROM {self._table(doing.event, wide=wide or bool(doing.where))} WHERE {demands}"

    def _table(self, event: str, *, wide: bool) -> str:
        table = self.wide if wide else self.events
        if event != model.NEW:
            return table
        first = (
            f"SELECT e.* FROM {table} e JOIN {self.seen} s ON e.who = s.who AND e.happened = s.first "
            "QUALIFY row_number() OVER (PARTITION BY e.who ORDER BY e.seq) = 1"
        )
        return f"({first})"

    def _inside(self, window: Bounds) -> list[str]:
        start, end = window
        since = [] if start == EVER else [f"happened >= {self._value(start)}"]
        return [*since, f"happened < {self._value(end)}"]

    def _named(self, event: str) -> str:
        """Demand a name, or what a special one stands for (amplitude facts 2.3)."""
        if event == model.ACTIVE:
            names = ", ".join(self._value(each) for each in sorted(self._rules.inactive))
            return f"name NOT IN ({names})" if names else ""
        if event in {model.ANY, model.NEW}:
            return ""
        wanted = self._rules.custom.get(event, ()) if event.startswith(model.CUSTOM) else (event,)
        if not wanted:
            return "false"
        return (
            f"name = {self._value(wanted[0])}"
            if len(wanted) == 1
            else (f"name IN ({', '.join(self._value(each) for each in wanted)})")
        )

    # Properties

    def _property(self, name: str, of: str) -> str:
        column = "p" if of == "event" else "up"
        if self._properties == VARIANT:
            return f"CAST(variant_extract({column}, {self._value(name)}) AS VARCHAR)"
        return f"json_extract_string({column}, {self._value(_pointer(name))})"

    def _filter(self, demand: Filter, *, missing_is_zero: bool = False) -> str:
        return self._meets(self._property(demand.name, demand.of), demand, missing_is_zero=missing_is_zero)

    def _meets(self, held: str, demand: Filter, *, missing_is_zero: bool = False) -> str:
        """Demand of the texts in an expression what `contracts.definitions.values.meets` does."""
        operator, wanted = demand.operator, list(dict.fromkeys(demand.values))
        if operator in model.COMPARISONS:
            limits = [float(text) for text in wanted]
            limit = self._value(max(limits) if operator in {model.LESS, model.LESS_OR_EQUAL} else min(limits))
            known = f"coalesce({held}, '0')" if missing_is_zero else held
            one = f"{_as_number(known)} {operator} {limit}"
            many = f"list_bool_or(list_transform({self._split(held)}, lambda x: {_as_number('x')} {operator} {limit}))"
            return f"coalesce({self._either(held, one, many)}, false)"
        negated = operator in {model.IS_NOT, model.NOT_CONTAINS, model.SET_IS_NOT}
        if operator in {model.SET_IS, model.SET_IS_NOT}:
            met = self._is_set(held, wanted)
        elif operator in {model.IS, model.IS_NOT}:
            one = f"{held} IN ({', '.join(self._value(text) for text in wanted)})"
            parts = [f"contains({held}, {self._value(f'{SEPARATOR}{text}{SEPARATOR}')})" for text in wanted]
            met = self._either(held, one, " OR ".join(parts), outright=True)
        else:
            met = " OR ".join(f"contains({held}, {self._value(text)})" for text in wanted)
        met = f"coalesce({met}, {str(model.UNSET in wanted).lower()})"
        return f"NOT {met}" if negated else met

    def _is_set(self, held: str, wanted: list[str]) -> str:
        if len(wanted) == 1:
            return (
                f"{held} = {self._value(wanted[0])}"
                if wanted[0] != model.UNSET
                else (f"coalesce({held}, {self._value(model.UNSET)}) = {self._value(model.UNSET)}")
            )
        if not self._lists:
            return "false"
        is_same = f"list_sort({self._split(held)}) = {self._value(sorted(wanted))}::VARCHAR[]"
        return f"coalesce({self._is_list(held)} AND {is_same}, false)"

    def _either(self, held: str, one: str, many: str, *, outright: bool = False) -> str:
        """Ask one text one thing, and several another; `outright` when no single text can pass for several."""
        if not self._lists:
            return one
        if outright:
            return f"({one} OR ({self._is_list(held)} AND ({many})))"
        return f"CASE WHEN {self._is_list(held)} THEN {many} ELSE {one} END"

    def _is_list(self, held: str) -> str:
        return f"starts_with({held}, {self._value(SEPARATOR)})"

    def _split(self, held: str) -> str:
        return f"string_split({held}[2:-2], {self._value(SEPARATOR)})"

    # Clauses

    def _performed(self, clause: Performed) -> str:
        window = self._bounds(clause.window)
        how = f"{_COMPARE.get(clause.operator, clause.operator)} {self._value(clause.value)}"
        source = self._source(clause.doing, window, wide=isinstance(clause.measure, (Total, Different)))
        match clause.measure:
            case Count():
                if (clause.operator, clause.value) == (">=", 1):
                    return f"SELECT DISTINCT who FROM ({source})"
                return f"SELECT who FROM ({source}) GROUP BY who HAVING count(*) {how}"
            case Total(name=name):
                held = self._property(name, "event")
                many = f"list_sum(list_transform({self._split(held)}, lambda x: {_as_number('x')}))"
                value = self._either(held, _as_number(held), many)
                return f"SELECT who FROM ({source}) GROUP BY who HAVING sum({value}) {how}"
            case Different(name=name):
                held = self._property(name, "event")
                if not self._lists:
                    return f"SELECT who FROM ({source}) GROUP BY who HAVING count(DISTINCT {held}) {how}"
                parts = f"CASE WHEN {self._is_list(held)} THEN {self._split(held)} ELSE [{held}] END"
                unnested = f"SELECT who, unnest({parts}) AS part FROM ({source})"
                return f"SELECT who FROM ({unnested}) GROUP BY who HAVING count(DISTINCT part) {how}"
            case MoreThan(other=other):
                mine = f"SELECT who, 1 AS mine FROM ({source})"
                theirs = f"SELECT who, 0 AS mine FROM ({self._source(other, window)})"
                return (
                    f"SELECT who FROM ({mine} UNION ALL {theirs}) GROUP BY who "
                    f"HAVING sum(mine) > 0 AND 2 * sum(mine) - count(*) {how}"
                )
            case Nth(first=first, last=last):
                ever = self._source(clause.doing, (EVER, self._now + 1))
                counted = (
                    "SELECT who, happened, row_number() OVER (PARTITION BY who ORDER BY happened, seq) AS nth "
                    f"FROM ({ever})"
                )
                inside = " AND ".join(self._inside(window))
                return (
                    f"SELECT who FROM ({counted}) WHERE nth BETWEEN {self._value(first)} AND {self._value(last)} "
                    f"AND {inside} GROUP BY who HAVING count(*) {how}"
                )
            case Spread(interval=interval):
                unit = self._unit(interval, window)
                return f"SELECT who FROM ({source}) GROUP BY who HAVING count(DISTINCT {unit}) {how}"

    def _local(self, window: Bounds) -> str:
        """Return the local time of an event, in milliseconds and shifted by whole weeks to be positive."""
        changes = shifts(max(window[0], 0), window[1], self._rules)
        cases = " ".join(f"WHEN happened < {until} THEN {shift}" for until, shift in changes[:-1])
        shift = f"CASE {cases} ELSE {changes[-1][1]} END" if cases else str(changes[-1][1])
        return f"(happened + {_AHEAD} + {shift})"

    def _unit(self, interval: int, window: Bounds) -> str:
        """Return what tells one local interval from another (`contracts.definitions.windows.spread_key`)."""
        local = self._local(window)
        match interval:
            case model.HOUR | model.FIVE_MINUTES:
                return f"{local} // {-interval}"
            case model.WEEK:
                return f"({local} // {DAY_MS} + {3 if self._rules.week_start == 'monday' else 4}) // 7"
            case model.MONTH:
                return f"date_trunc('month', epoch_ms({local} - {_AHEAD}))"
        return f"{local} // {DAY_MS}"

    def _held(self, clause: Held) -> str:
        source = self._source(Doing(clause.event), self._bounds(clause.window), wide=True)
        demand = clause.property
        if clause.ever:
            return f"SELECT DISTINCT who FROM ({source}) WHERE {self._filter(demand)}"
        held = self._property(demand.name, "user")
        last = f"SELECT who, arg_max_null({held}, {_ORDER}) AS held FROM ({source}) GROUP BY who"
        return f"SELECT who FROM ({last}) WHERE {self._meets('held', demand, missing_is_zero=True)}"

    def _returned(self, clause: Returned) -> str:
        window = self._bounds(clause.window)
        if clause.start == Doing(model.NEW):
            start, end = (self._value(each) for each in window)
            starts = f"SELECT who, first AS happened FROM {self.seen} WHERE first >= {start} AND first < {end}"
        else:
            starts = f"SELECT who, happened FROM ({self._source(clause.start, window)})"
        earliest = EVER if window[0] == EVER else window[0] + clause.first * DAY_MS
        latest = min(self._now + 1, window[1] + clause.last * DAY_MS)
        backs = self._source(clause.back, (earliest, latest))
        came = (
            f"SELECT DISTINCT s.who FROM ({starts}) s JOIN ({backs}) b ON b.who = s.who "
            f"AND b.happened >= s.happened + {clause.first * DAY_MS} "
            f"AND b.happened < s.happened + {clause.last * DAY_MS}"
        )
        return came if clause.retained else f"SELECT DISTINCT who FROM ({starts}) WHERE who NOT IN ({came})"

    def _in_each(self, clause: InEach) -> str:
        parts, wanted = slices(clause, self._now, self._rules), whole_periods(clause)
        window = (parts[-1][0], parts[0][1])
        source = self._source(clause.doing, window)
        if is_exact(clause.window, self._rules):
            slot = f"({self._value(window[1] - 1)} - happened) // {clause.period * DAY_MS}"
        else:
            last = local_day(window[1] - 1, self._rules) + _AHEAD // DAY_MS
            slot = f"({last} - {self._local(window)} // {DAY_MS}) // {clause.period}"
        if (clause.operator, clause.value) == (">=", 1):
            if wanted <= _BITS:
                all_of_them = (1 << wanted) - 1
                slots = f"bit_or(1::BIGINT << ({slot})::INTEGER)"
                return f"SELECT who FROM ({source}) GROUP BY who HAVING {slots} = {all_of_them}"
            return f"SELECT who FROM ({source}) GROUP BY who HAVING count(DISTINCT {slot}) = {wanted}"
        how = f"{_COMPARE.get(clause.operator, clause.operator)} {self._value(clause.value)}"
        counted = f"SELECT who FROM ({source}) GROUP BY who, {slot} HAVING count(*) {how}"
        return f"SELECT who FROM ({counted}) GROUP BY who HAVING count(*) = {wanted}"

    def _sequence(self, clause: Sequence) -> str:
        window = self._bounds(clause.window)
        sql = f"SELECT who, min(happened) AS happened FROM ({self._source(clause.steps[0], window)}) GROUP BY who"
        for step in clause.steps[1:]:
            sql = (
                f"SELECT b.who, min(b.happened) AS happened FROM ({sql}) a JOIN ({self._source(step, window)}) b "
                "ON b.who = a.who AND b.happened > a.happened GROUP BY b.who"
            )
        return f"SELECT who FROM ({sql})"


def _reads_cohorts(group: tuple[Element, ...]) -> bool:
    return any(isinstance(clause, InCohort) for element in group for clause in element.clauses)


def _as_number(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '{NUMBER}') THEN try_cast({text} AS DOUBLE) END"


def _pointer(name: str) -> str:
    """Return the JSON pointer of a key."""
    return f"/{name.replace('~', '~0').replace('/', '~1')}"
