"""A cohort's definition as values: what somebody must have done, held or been to be a member.

A definition is a list of groups, of which one must hold; a group is a list of elements, which must all hold; an
element is a list of clauses, of which one must hold, and may be negated (amplitude facts 2.2 [doc][client]).
Everything here is frozen and compares by value. What no public definition shows the JSON of (sums, different values,
comparisons, n-th times, days, sequences) is our own spelling [inferred], and is said so in `writing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

WindowKind = Literal["rolling", "since", "absolute", "allTime"]
ROLLING: Final = "rolling"
SINCE: Final = "since"
ABSOLUTE: Final = "absolute"
ALL_TIME: Final = "allTime"

DAY, WEEK, MONTH, HOUR, FIVE_MINUTES = 1, 7, 30, -3_600_000, -300_000
INTERVALS: Final = (DAY, WEEK, MONTH, HOUR, FIVE_MINUTES)  # amplitude facts 2.3 [doc]

ACTIVE, ANY, NEW = "_active", "_all", "_new"  # events that are not called so (amplitude facts 2.3 [doc][client])
CUSTOM: Final = "ce:"
UNSET: Final = "(none)"  # the value of a property that is not there (amplitude facts 2.3 [client])

COUNTS: Final = (">=", "<=", "=", ">", "<", "!=")
IS, IS_NOT, CONTAINS, NOT_CONTAINS = "=", "!=", "contains", "not contains"
LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL = "<", "<=", ">", ">="
SET_IS, SET_IS_NOT = "set is", "set is not"
COMPARISONS: Final = (LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL)
OPERATORS: Final = (IS, IS_NOT, CONTAINS, NOT_CONTAINS, *COMPARISONS, SET_IS, SET_IS_NOT)


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a clause looks at.

    `rolling`: the last `value` intervals; `since`: from `start` on; `absolute`: from `start` to the end of the second
    `end`; `allTime`. Both in epoch seconds. `offset` shifts both ends back by days; `full` leaves the interval out
    that runs (amplitude facts 2.3).
    """

    kind: WindowKind = ALL_TIME
    value: int = 0
    start: int = 0
    end: int = 0
    offset: int = 0
    interval: int = DAY
    full: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A demand on a property: of the event, or of the user as the event was stamped (`gp:` before custom ones)."""

    name: str
    operator: str
    values: tuple[str, ...]
    of: Literal["event", "user"] = "event"


@dataclass(frozen=True, slots=True)
class Doing:
    """Events to look for: a name, and what must hold of the properties of each."""

    event: str
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many events there are."""


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a numeric property; events without a number add nothing, and alone make no sum."""

    name: str


@dataclass(frozen=True, slots=True)
class Different:
    """How many different values a property has."""

    name: str


@dataclass(frozen=True, slots=True)
class MoreThan:
    """How many more events there are than of another kind in the same window."""

    other: Doing


@dataclass(frozen=True, slots=True)
class Nth:
    """How many events there are that were the user's `first` to `last` such event ever."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Spread:
    """In how many different intervals, such as local days, there are events."""

    interval: int = DAY


Measure = Count | Total | Different | MoreThan | Nth | Spread


@dataclass(frozen=True, slots=True)
class Performed:
    """Events in a window, measured and compared; somebody without any never meets it (amplitude facts 2.4, row 2)."""

    doing: Doing
    operator: str = ">="
    value: float = 1
    window: Window = Window()
    measure: Measure = Count()


@dataclass(frozen=True, slots=True)
class Held:
    """A user property held at any time, or most recently: on the last such event of the window (facts 2.4, row 5)."""

    property: Filter
    ever: bool = True
    event: str = ACTIVE
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class NewOrActive:
    """The first event ever in the window, or any active one (amplitude facts 2.4, row 4)."""

    is_new: bool
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class Returned:
    """A start in the window and a return `first` to `last` days after it, the latter not included (facts 2.4, row 6).

    With `retained` false: a start, and no return after any start.
    """

    start: Doing
    back: Doing
    first: int
    last: int
    retained: bool = True
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class InEach:
    """Events in each slice of `period` days that a rolling window is cut into (amplitude facts 2.4, row 6)."""

    doing: Doing
    period: int
    operator: str = ">="
    value: float = 1
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class InCohort:
    """A member of another cohort."""

    cohort_id: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events one after another, each strictly later than the one before, in one window."""

    steps: tuple[Doing, ...]
    window: Window = Window()


Clause = Performed | Held | NewOrActive | Returned | InEach | InCohort | Sequence


@dataclass(frozen=True, slots=True)
class Element:
    """One of some clauses must hold; negated, none of them may."""

    clauses: tuple[Clause, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """One of some groups must hold, each of which demands all of its elements."""

    groups: tuple[tuple[Element, ...], ...]

    def elements(self) -> tuple[Element, ...]:
        """Return the elements of all groups."""
        return tuple(element for group in self.groups for element in group)

    def clauses(self) -> tuple[Clause, ...]:
        """Return the clauses of all elements."""
        return tuple(clause for element in self.elements() for clause in element.clauses)

    def cohorts(self) -> tuple[str, ...]:
        """Return the ids of the cohorts it reads."""
        return tuple(dict.fromkeys(each.cohort_id for each in self.clauses() if isinstance(each, InCohort)))


def filters_of(clause: Clause) -> tuple[Filter, ...]:
    """Return every demand on a property that a clause makes."""
    match clause:
        case Held():
            return (clause.property,)
        case Performed(measure=MoreThan(other=other)):
            return (*clause.doing.where, *other.where)
        case Performed() | InEach():
            return clause.doing.where
        case Returned():
            return (*clause.start.where, *clause.back.where)
        case Sequence():
            return tuple(each for step in clause.steps for each in step.where)
        case _:
            return ()
