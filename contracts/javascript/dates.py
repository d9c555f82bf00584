"""A date in text, as V8 reads it (`new Date(text)`) on a machine whose zone is UTC, as servers are.

ISO 8601 first; what does not fit it falls to the old reading, where words before the first number, text in
parentheses and most punctuation are passed over. Held against Node by a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

LATEST: Final = 8_640_000_000_000_000
"""Milliseconds from the epoch that a JavaScript date reaches, either way."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {
    "ut": 0, "utc": 0, "z": 0, "gmt": 0, "cdt": -5, "cst": -6, "edt": -4, "est": -5, "mdt": -6, "mst": -7, "pdt": -7,
    "pst": -8,
}  # fmt: skip
_TOKEN: Final = re.compile(
    r"(?P<number>[0-9]+)|(?P<word>[A-Z\[\\\]^_`a-z{|}~\x7f-\uffff]+)|(?P<space>[ \t\n\r\x0b\x0c]+)|(?P<symbol>.)",
    re.DOTALL,
)
_ISO: Final = re.compile(
    r"(?P<year>[0-9]{4}|[+-][0-9]{6})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
    r"(?:[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_ISO_DATE: Final = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?(?=[Tt](?![A-Za-z]))|[+-][0-9]{6}(?=[Tt](?![A-Za-z]))"
)


def date_ms(text: str) -> int | None:
    """Return milliseconds from the epoch, None where V8 has an invalid date."""
    found = _ISO.fullmatch(text)
    if found and (read := _iso(found)) is not None:
        return clipped(read)
    if _ISO_DATE.match(text) and not found:
        return None  # a date and a T, and then no time: V8 does not go on
    return _Old(text).read()


def clipped(milliseconds: float) -> int | None:
    """Return whole milliseconds within what a date reaches, None beyond."""
    return int(milliseconds) if abs(milliseconds) <= LATEST else None


def utc_ms(year: int, month: int, day: int, *clock: int) -> int:
    """Return milliseconds from the epoch for parts that may overflow: month from 0, month 12 is next January."""
    hour, minute, second, ms = (*clock, 0, 0, 0, 0)[:4]
    years, of_year = divmod(month, 12)
    days = _days(year + years, of_year) + day - 1
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms


def _days(year: int, month: int) -> int:
    """Return days from the epoch to the first of a month, in the Gregorian calendar without end."""
    before = year - (month < 2)
    era, of_era = divmod(before, 400)
    of_year = (153 * ((month + 10) % 12) + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _iso(found: re.Match[str]) -> int | None:
    part = {
        name: int(found[name] or default)
        for name, default in (("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))
    }
    ms = _milliseconds(found["fraction"] or "0")
    is_midnight = part["hour"] == 24 and part["minute"] == part["second"] == ms == 0
    if found["year"] == "-000000" or not (1 <= part["month"] <= 12 and 1 <= part["day"] <= 31):
        return None
    if not (part["hour"] <= 23 or is_midnight) or part["minute"] > 59 or part["second"] > 59:
        return None
    zone = found["zone"] or "Z"
    offset = 0
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)
    whole = utc_ms(int(found["year"]), part["month"] - 1, part["day"], part["hour"], part["minute"], part["second"], ms)
    return whole - offset * 60_000


def _milliseconds(digits: str) -> int:
    return int(digits[:3].ljust(3, "0"))


@dataclass(slots=True)
class _Clock:
    """Hours, minutes, seconds, milliseconds, as they come."""

    parts: list[int] = field(default_factory=list)
    half: int | None = None

    def expects(self, number: int) -> bool:
        return (len(self.parts) in {1, 2} and number < 60) or (len(self.parts) == 3 and number < 1000)

    def add(self, number: int) -> bool:
        self.parts.append(number)
        return len(self.parts) <= 4

    def end(self) -> None:
        self.parts += [0] * (4 - len(self.parts))

    def whole(self) -> list[int] | None:
        self.end()
        hour, minute, second, ms = self.parts[:4]
        if self.half is not None:
            if hour > 12:
                return None
            hour = hour % 12 + self.half
        is_midnight = hour == 24 and minute == second == ms == 0
        if not is_midnight and (hour > 23 or minute > 59 or second > 59 or ms > 999):
            return None
        return [hour, minute, second, ms]


class _Old:
    """V8's reading of what is not ISO 8601."""

    def __init__(self, text: str) -> None:
        self._tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(text)]
        self._at = 0
        self._date: list[int] = []
        self._month: int | None = None
        self._clock = _Clock()
        self._sign: int | None = None
        self._zone: list[int | None] = [None, None]
        self._has_number = False

    def read(self) -> int | None:
        while self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            self._at += 1
            if not self._take(kind, text):
                return None
        return self._written()

    def _take(self, kind: str, text: str) -> bool:
        if kind == "number":
            return self._number(text)
        if kind == "word":
            return self._word(text[:3].lower(), len(text))
        is_sign = text in {"+", "-"}
        if is_sign and (self._zone == [0, 0] or self._clock.parts):
            return self._offset(text)
        if (is_sign or text == ")") and self._has_number:
            return False
        if text == "(":
            self._skip_parentheses()
        return True

    def _number(self, text: str) -> bool:
        self._has_number = True
        number = int(text.lstrip("0")[:9] or 0)
        if self._skips(":"):
            if self._skips(":"):
                is_first = not self._clock.parts
                self._clock.parts += [number, 0]
                return is_first
            is_taken = self._clock.add(number)
            self._skips(".")
            return is_taken
        if self._skips(".") and self._clock.expects(number):
            self._clock.add(number)
            if self._ahead()[0] != "number":
                return False
            self._clock.add(_milliseconds(self._tokens[self._at][1]))
            self._at += 1
            self._clock.end()
            return True
        if self._zone[0] is not None and self._zone[1] is None and number < 60:
            self._zone[1] = number
            return True
        if self._clock.expects(number):
            self._clock.add(number)
            self._clock.end()
            ahead = self._ahead()
            return ahead[0] in {"", "space"} or ahead[1] in {"Z", "z", "+", "-"}
        self._date.append(number)
        self._skips("-")
        return len(self._date) <= 3

    def _word(self, prefix: str, length: int) -> bool:
        if prefix in {"am", "pm"} and self._clock.parts:
            self._clock.half = 12 if prefix == "pm" else 0
        elif prefix in _MONTHS:
            self._month = _MONTHS.index(prefix) + 1
            self._skips("-")
        elif prefix in _ZONES and length <= 3 and self._has_number:
            value = _ZONES[prefix]
            self._sign, self._zone = (-1 if value < 0 else 1), [abs(value), 0]
        else:
            return not self._has_number and self._ahead()[0] != "number"
        return True

    def _offset(self, sign: str) -> bool:
        self._sign = -1 if sign == "-" else 1
        digits = ""
        if self._ahead()[0] == "number":
            digits = self._tokens[self._at][1]
            self._at += 1
        self._has_number = True
        number = int(digits.lstrip("0")[:9] or 0)
        if self._ahead()[1] == ":":
            self._zone = [number, None]
        elif len(digits) in {1, 2}:
            self._zone = [number, 0]
        elif len(digits) in {3, 4}:
            self._zone = [number // 100, number % 100]
        else:
            return False
        return True

    def _skip_parentheses(self) -> None:
        depth = 1
        while self._at < len(self._tokens) and depth:
            depth += {"(": 1, ")": -1}.get(self._tokens[self._at][1], 0)
            self._at += 1

    def _ahead(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _skips(self, symbol: str) -> bool:
        is_next = self._ahead()[1] == symbol
        self._at += is_next
        return is_next

    def _written(self) -> int | None:
        clock = self._clock.whole()
        if not self._date or clock is None:
            return None
        first, second, third = [*self._date, 1, 1][:3]
        is_day = 1 <= first <= 31
        if self._month is None:
            year, month, day = (third, first, second) if is_day else (first, second, third)
        else:
            year, month, day = (second, self._month, first) if is_day else (first, self._month, second)
        year += 2000 if 0 <= year <= 49 else 1900 if 50 <= year <= 99 else 0
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        hours, minutes = (part or 0 for part in self._zone)
        offset = (hours * 60 + minutes) * (self._sign or 1) if self._sign else 0
        return clipped(utc_ms(year, month - 1, day, *clock) - offset * 60_000)
