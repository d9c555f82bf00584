"""A filter's text cut into tokens, by unit of UTF-16, with what the published lexer forgets (destination facts 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.javascript import joined, units


class Kind(StrEnum):
    """What a token is; the values are the package's."""

    IDENT = "ident"
    DOT = "dot"
    OPERATOR = "operator"
    CONDITIONAL = "conditional"
    STRING = "string"
    NUMBER = "number"
    NULL = "null"
    BRACKET_OPEN = "brackleft"
    BRACKET_CLOSE = "brackright"
    PARENTHESIS_OPEN = "parenleft"
    PARENTHESIS_CLOSE = "parenright"
    COMMA = "comma"
    END = "eos"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a filter; `start` and `end` say which units of the text it was read from."""

    kind: Kind
    value: str
    start: int = 0
    end: int = 0


class LexicalError(ValueError):
    """The text cannot be cut into tokens; `place` is the unit where that was noticed."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


LONGEST: Final = 100_000
_SINGLE: Final = {
    ".": Kind.DOT,
    "[": Kind.BRACKET_OPEN,
    "]": Kind.BRACKET_CLOSE,
    ",": Kind.COMMA,
    "(": Kind.PARENTHESIS_OPEN,
    ")": Kind.PARENTHESIS_CLOSE,
}
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS: Final = frozenset("0123456789")
_NAME: Final = _LETTERS | _DIGITS | frozenset("_-\\")
_SPACE: Final = frozenset(" \t\n")
_END: Final = ""
_TERMINATES: Final = _SPACE | frozenset(",])") | {_END}
_AFTER_NAME: Final = _TERMINATES | frozenset(".(=!")
_WORDS: Final = {"a": ("nd", Kind.CONDITIONAL), "o": ("r", Kind.CONDITIONAL), "n": ("ull", Kind.NULL)}


def tokens(text: str) -> list[Token]:
    """Return the tokens of a filter, the last of kind END; raises LexicalError."""
    return _Lexer(units(text)).read()


class _Lexer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: list[Token] = []

    def read(self) -> list[Token]:
        while self._at < len(self._text):
            start = self._at
            unit = self._text[start]
            self._at += 1
            if unit not in _SPACE:
                kind, value = self._token(unit)
                self._found.append(Token(kind, joined(value), start, self._at))
        self._found.append(Token(Kind.END, "eos", self._at, self._at))
        return self._found

    def _token(self, unit: str) -> tuple[Kind, str]:
        if unit == "!":
            return Kind.OPERATOR, self._negation()
        if unit == "=":
            return Kind.OPERATOR, "="
        if unit in "<>":
            return Kind.OPERATOR, unit + "=" if self._accept("=") else unit
        if unit in _LETTERS or unit in "\\_":
            return self._word(unit)
        if unit in _DIGITS or unit in "+-":
            return Kind.NUMBER, unit + self._number()
        if unit in "\"'":
            return Kind.STRING, self._string(unit)
        if unit in _SINGLE:
            return _SINGLE[unit], unit
        raise self._wrong(f'invalid character "{unit}"')

    def _negation(self) -> str:
        if self._ahead() in _LETTERS or self._ahead() == "(":
            return "!"
        if self._accept("="):
            return "!="
        raise self._wrong("expected '=' and a space after '!'")

    def _word(self, unit: str) -> tuple[Kind, str]:
        rest, kind = _WORDS.get(unit, ("", Kind.IDENT))
        if rest and self._accept(rest):
            return kind, unit + rest
        return Kind.IDENT, self._name(unit)

    def _name(self, unit: str) -> str:
        name = ""
        while True:
            if unit == "\\":
                if self._at == len(self._text):
                    raise self._wrong("expected a character after the backslash")
                unit = self._next()
            name += unit
            if len(name) >= LONGEST:
                raise self._wrong("unreasonable length of a name")
            if self._ahead() not in _NAME:
                break
            unit = self._next()
        if self._ahead() not in _AFTER_NAME:
            raise self._wrong(f"expected the end of the name, got {self._ahead()}")
        return name

    def _number(self) -> str:
        start = self._at
        is_decimal = False
        while self._ahead() in _DIGITS or self._ahead() == ".":
            if self._next() == ".":
                if self._ahead() in _TERMINATES:
                    raise self._wrong("the number ends with its decimal point")
                if is_decimal:
                    raise self._wrong("the number has several decimal points")
                is_decimal = True
            if self._at - start >= LONGEST:
                raise self._wrong("unreasonable length of a number")
        return self._text[start : self._at]

    def _string(self, quote: str) -> str:
        end = self._text.find(quote, self._at)
        if end < 0 or end - self._at >= LONGEST:
            raise self._wrong("unterminated text" if end < 0 else "unreasonable length of a text")
        held = self._text[self._at : end]
        self._at = end
        self._accept(quote)  # only where the token ends there; else the quote is read again, and opens the next text
        return f"{quote}{held}{quote}"

    def _accept(self, wanted: str) -> bool:
        """Step over what is wanted if it is next and a token ends there.

        Where the text runs out half-way, what was read of it is not given back: `an` at the end is the name `a`.
        """
        start = self._at
        for _ in wanted:
            if self._at == len(self._text):
                return False
            if self._next() in _TERMINATES:
                break
        if self._text[start : self._at] == wanted and self._ahead() in _TERMINATES:
            return True
        self._at = start
        return False

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _ahead(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else _END

    def _wrong(self, message: str) -> LexicalError:
        return LexicalError(message, self._at)
