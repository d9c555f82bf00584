"""Read a definition in words, strictly: every word counts, and an error points at the one that does not fit.

    performed "Order Completed" at least 2 times in 30 days where tier is gold,
    and not performed "Refund Requested" since 2026-01-01

Elements are joined by `, and`, groups by `; or`; the alternatives of an element stand in brackets. Days without a time
are those of the project's zone. What `printing` writes is read back as the same definition.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

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
    Measure,
    MoreThan,
    NewOrActive,
    Nth,
    Performed,
    Returned,
    Sequence,
    Spread,
    Total,
    Window,
)
from contracts.definitions.reading import LONGEST, read_definition
from contracts.definitions.tokens import Cursor, NotUnderstood
from contracts.definitions.values import number, texts
from contracts.definitions.windows import days_of, zone_of
from contracts.definitions.writing import write_definition

UNITS: Final = {"day": model.DAY, "week": model.WEEK, "month": model.MONTH, "hour": model.HOUR}
COUNTS: Final = {
    ("at", "least"): ">=",
    ("at", "most"): "<=",
    ("more", "than"): ">",
    ("fewer", "than"): "<",
    ("not", "exactly"): "!=",
    ("exactly",): "=",
}
LIMITS: Final = {  # of a property
    ("at", "least"): model.GREATER_OR_EQUAL,
    ("at", "most"): model.LESS_OR_EQUAL,
    ("more", "than"): model.GREATER,
    ("less", "than"): model.LESS,
    ("set", "is", "not"): model.SET_IS_NOT,
    ("set", "is"): model.SET_IS,
    ("contains",): model.CONTAINS,
    ("does", "not", "contain"): model.NOT_CONTAINS,
}
_MOST_VALUES: Final = 10_000


def read_words(source: str, zone: str = "UTC") -> Definition:
    """Return what a definition in words demands; raise `NotUnderstood` at the word that does not fit."""
    reader = _Reader(source, zone)
    definition = reader.definition()
    _, problems = read_definition(write_definition(definition))
    for problem in problems:  # what the words can say and a definition cannot, such as periods beyond their window
        raise NotUnderstood(source, 0, 1, str(problem))
    return definition


class _Reader(Cursor):
    def __init__(self, source: str, zone: str) -> None:
        super().__init__(source)
        self._zone = zone

    def definition(self) -> Definition:
        groups = [self._group()]
        while self.take(";"):
            self.need("or")
            groups.append(self._group())
        self.end()
        return Definition(tuple(groups))

    def _group(self) -> tuple[Element, ...]:
        elements = [self._element()]
        while self.take(","):
            self.need("and")
            elements.append(self._element())
        return tuple(elements)

    def _element(self) -> Element:
        negated = self.take("not")
        if not self.take("("):
            return Element((self._clause(),), negated)
        clauses = [self._clause()]
        while self.take("or"):
            clauses.append(self._clause())
        self.need(")")
        return Element(tuple(clauses), negated)

    def _clause(self) -> Clause:
        if self.take("performed"):
            return self._performed()
        if self.take("did"):
            return self._returned()
        if self.take("ever", "had"):
            return self._held(ever=True)
        if self.take("last", "had"):
            return self._held(ever=False)
        if self.take("in", "cohort"):
            return InCohort(self.name("a cohort's id"))
        return NewOrActive(self.one_of("new", "active") == "new", self._window())

    def _performed(self) -> Clause:
        event = self.name("an event's name")
        inner = self._inner_where()
        if self.is_next("then"):
            steps = [Doing(event, inner)]
            while self.take("then"):
                steps.append(self._doing())
            return Sequence(tuple(steps), self._window())
        if inner:
            raise self.wrong()
        measure, operator, value = self._measured()
        if self.take("in", "each"):
            if not isinstance(measure, Count):
                raise self.refuse(self.token, "periods count events, and nothing else of them")
            token, period = self.token, self._whole("a number of days")
            self.one_of("days", "day")
            self.need("of")
            window = self._rolling()
            if window.interval in {model.HOUR, model.FIVE_MINUTES} or not 1 <= period <= days_of(window):
                raise self.refuse(token, f"{period} days, expected from 1 to the days of the window")
            return InEach(Doing(event, self._where()), period, operator, value, window)
        window = self._window()
        return Performed(Doing(event, self._where()), operator, value, window, measure)

    def _measured(self) -> tuple[Measure, str, float]:
        """Read what is counted, and how many there must be."""
        if self.take("with"):
            is_sum = self.one_of("sum", "different") == "sum"
            self.need(*(("of",) if is_sum else ("values", "of")))
            name = self.name("a property's name")
            operator = self._count_operator() or self._fail()
            return (Total(name) if is_sum else Different(name)), operator, self._number()
        if self.take("on"):
            operator = self._count_operator() or self._fail()
            value = self._number()
            return Spread(self._unit()), operator, value
        if self.take("more", "often", "than"):
            return MoreThan(self._doing()), ">", 0
        operator, value = self._count_operator() or "", 1.0
        if operator:
            value = self._number()
            self.one_of("times", "time")
            if self.take("more", "often", "than"):
                return MoreThan(self._doing()), operator, value
        if self.take("as"):
            first = self._ordinal()
            self.need("to")
            last = self._ordinal()
            self.need("ever")
            return Nth(first, last), operator or ">=", value
        return Count(), operator or ">=", value

    def _fail(self) -> str:
        raise self.wrong()

    def _count_operator(self) -> str | None:
        for words, operator in COUNTS.items():
            if self.take(*words):
                return operator
        return None

    def _returned(self) -> Clause:
        retained = not self.take("no")
        back = self._doing()
        first = self._whole("a number of days")
        self.need("to")
        last = self._whole("a number of days")
        self.one_of("days", "day")
        self.need("after")
        return Returned(self._doing(), back, first, last, retained, self._window())

    def _held(self, *, ever: bool) -> Clause:
        demand = self._demand("user")
        event = self.name("an event's name") if self.take("on") else model.ACTIVE
        return Held(demand, ever, event, self._window())

    def _doing(self) -> Doing:
        return Doing(self.name("an event's name"), self._inner_where())

    def _inner_where(self) -> tuple[Filter, ...]:
        if not self.take("("):
            return ()
        filters = self._where()
        if not filters:
            raise self.wrong()
        self.need(")")
        return filters

    def _where(self) -> tuple[Filter, ...]:
        if not self.take("where"):
            return ()
        filters = [self._filter()]
        while self.take("and"):
            filters.append(self._filter())
        return tuple(filters)

    def _filter(self) -> Filter:
        return self._demand("user" if self.take("user") else "event")

    def _demand(self, of: Literal["event", "user"]) -> Filter:
        name = self.name("a property's name")
        if self.take("is"):
            if self.take("set"):
                return Filter(name, model.IS_NOT, (model.UNSET,), of)
            return Filter(name, model.IS_NOT if self.take("not") else model.IS, self._values(), of)
        for words, operator in LIMITS.items():
            if self.take(*words):
                token = self.token
                values = self._values()
                demand = Filter(name, operator, values, of)
                if operator in model.COMPARISONS and not all(map(_is_number, values)):
                    raise self.refuse(token, "a property is compared with something that is no number")
                return demand
        raise self.wrong()

    def _values(self) -> tuple[str, ...]:
        if not self.take("("):
            return (self._value(),)
        values = [self._value()]
        while self.take(","):
            values.append(self._value())
            if len(values) > _MOST_VALUES:
                raise self.refuse(self.token, f"more than {_MOST_VALUES:,} values")
        self.need(")")
        return tuple(values)

    def _value(self) -> str:
        return model.UNSET if self.take("unset") else texts(self.name("a value"))[0]

    def _window(self) -> Window:
        if self.take("in"):
            return self._rolling()
        if self.take("since"):
            start = self._moment(is_end=False)
            return Window(model.SINCE, start=start, offset=self._offset())
        if self.take("from"):
            start = self._moment(is_end=False)
            self.need("to")
            end = self._moment(is_end=True)
            return Window(model.ABSOLUTE, start=start, end=end, offset=self._offset())
        return Window(offset=self._offset())

    def _rolling(self) -> Window:
        token = self.token
        value, full = self._whole("a number"), self.take("full")
        if self.take("minutes"):
            if value % 5:
                raise self.refuse(
                    token, f"{value} minutes, expected a multiple of 5: these are intervals of five minutes"
                )
            value, interval = value // 5, model.FIVE_MINUTES
        else:
            interval = self._unit()
        if not 1 <= value <= LONGEST:
            raise self.refuse(token, f"{value:,}, expected from 1 to {LONGEST:,}")
        return Window(model.ROLLING, value=value, offset=self._offset(), interval=interval, full=full)

    def _offset(self) -> int:
        if not self.take("shifted", "back"):
            return 0
        days = self._whole("a number of days")
        self.one_of("days", "day")
        return days

    def _unit(self) -> int:
        for word, interval in UNITS.items():
            if self.take(f"{word}s") or self.take(word):
                return interval
        if self.take("five-minutes"):
            return model.FIVE_MINUTES
        raise self.wrong()

    def _whole(self, what: str) -> int:
        return int(self.word(what, r"[0-9]{1,9}").said)

    def _ordinal(self) -> int:
        return int(self.word("an ordinal such as 1st", r"[1-9][0-9]{0,8}(st|nd|rd|th)").said[:-2])

    def _number(self) -> float:
        said = self.word("a number", r"-?[0-9]{1,12}(\.[0-9]{1,9})?").said
        return float(said) if "." in said else int(said)

    def _moment(self, *, is_end: bool) -> int:
        token = self.word(
            "a date such as 2026-01-31", r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]+(Z|[+-][0-9]{2}:[0-9]{2})?)?"
        )
        try:
            seconds = _second(datetime.fromisoformat(token.said), self._zone, is_end=is_end and "T" not in token.said)
        except (ValueError, OverflowError) as error:
            raise self.refuse(token, f"{token} is no date, expected one such as 2026-01-31") from error
        if seconds < 0:
            raise self.refuse(token, f"{token} is before 1970")
        return seconds


def _second(read: datetime, zone: str, *, is_end: bool) -> int:
    """Return the second that was read, or with `is_end` the last one of its day."""
    local = read if read.tzinfo else read.replace(tzinfo=zone_of(zone))
    if not is_end:
        return round(local.timestamp())
    return round(datetime.combine(_next(local), local.timetz()).timestamp()) - 1


def _next(day: datetime) -> datetime:
    return datetime.fromordinal(day.toordinal() + 1)


def _is_number(text: str) -> bool:
    return number(text) is not None
