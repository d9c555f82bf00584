"""The words of a definition in words: quoted texts, words, and marks, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.errors import ContractsError
from contracts.foreign import cut, quoted, shown
from contracts.nearest import near

TEXT, WORD, MARK, END = "text", "word", "mark", "end"
_TOKEN: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>>=|<=|!=|[=<>(),;])|(?P<word>[^\s"=<>(),;!]+)', re.DOTALL
)
_BLANK: Final = re.compile(r"\s*")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_BARE: Final = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_.:$+-]*")
MOST_LETTERS: Final = 100_000
_AROUND: Final = 60
_LISTED: Final = 8

KEYWORDS: Final = frozenset(
    {
        *(
            "performed",
            "did",
            "ever",
            "last",
            "had",
            "new",
            "active",
            "in",
            "cohort",
            "not",
            "and",
            "or",
            "where",
            "is",
        ),
        *("set", "unset", "contains", "does", "contain", "user", "at", "least", "most", "exactly", "more", "than"),
        *("fewer", "less", "times", "time", "with", "sum", "of", "different", "values", "often", "on", "as", "to"),
        *("from", "since", "each", "full", "days", "day", "weeks", "week", "months", "month", "hours", "hour"),
        *("minutes", "shifted", "back", "after", "then", "no"),
    }
)


class NotUnderstood(ContractsError):
    """Say at which word a definition in words stops making sense, and what was expected there."""

    def __init__(self, source: str, start: int, end: int, reason: str, expected: Iterable[str] = ()) -> None:
        self.start, self.reason, self.expected = start, reason, tuple(expected)
        self.line = source.count("\n", 0, start) + 1
        self.column = start - source.rfind("\n", 0, start)
        begins = max(source.rfind("\n", 0, start) + 1, start - _AROUND)
        ends = source.find("\n", start) if "\n" in source[start:] else len(source)
        before, after = shown(source[begins:start]), shown(source[start : min(ends, start + _AROUND)])
        self.picture = f"{before}{after}\n{' ' * len(before)}{'^' * max(1, min(end, ends) - start)}"
        super().__init__(f"{reason}, at column {self.column} of line {self.line}:\n{self.picture}")

    def as_dict(self) -> dict[str, object]:
        return {"line": self.line, "column": self.column, "reason": self.reason, "expected": list(self.expected)}


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind, what it says, and where it stands."""

    kind: str
    said: str
    start: int
    end: int

    def __str__(self) -> str:
        return "the end" if self.kind == END else quoted(self.said, 40)


def tokens(source: str) -> list[Token]:
    """Cut a definition in words into its words, the end after them; raise `NotUnderstood` at what is none."""
    if len(source) > MOST_LETTERS:
        raise NotUnderstood(
            source[:1], 0, 1, f"a definition of {len(source):,} letters, expected at most {MOST_LETTERS:,}"
        )
    found: list[Token] = []
    place = 0
    while True:
        blank = _BLANK.match(source, place)
        place = blank.end() if blank else place
        if place == len(source):
            found.append(Token(END, "", place, place + 1))
            return found
        match = _TOKEN.match(source, place)
        if match is None:
            is_text = source[place] == '"'
            reason = (
                "a quoted text without its end" if is_text else f"{cut(source[place])!r} is no part of a definition"
            )
            raise NotUnderstood(source, place, place + 1, reason)
        kind = str(match.lastgroup)
        said = match.group()
        said = _ESCAPE.sub(lambda each: _ESCAPES.get(each[1], each[1]), said[1:-1]) if kind == TEXT else said
        found.append(Token(kind, said, place, match.end()))
        place = match.end()


def spelled(name: str) -> str:
    """Write a name or a value so that it is read as one: as it is, or quoted."""
    if _BARE.fullmatch(name) and name.lower() not in KEYWORDS:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


class Cursor:
    """A place among the words; what was asked for at it is remembered, and told when nothing of it is there."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._tokens = tokens(source)
        self._place = 0
        self._asked: dict[str, None] = {}

    @property
    def token(self) -> Token:
        return self._tokens[self._place]

    def is_next(self, *words: str) -> bool:
        """Say whether these words or marks come next, one after another."""
        self._asked[" ".join(words)] = None
        following = self._tokens[self._place : self._place + len(words)]
        return len(following) == len(words) and all(
            token.kind in {WORD, MARK} and token.said.lower() == word
            for token, word in zip(following, words, strict=True)
        )

    def take(self, *words: str) -> bool:
        """Go past words when they come next."""
        if not self.is_next(*words):
            return False
        self._go(len(words))
        return True

    def need(self, *words: str) -> None:
        """Go past words that must come next."""
        if not self.take(*words):
            raise self.wrong()

    def one_of(self, *words: str) -> str:
        """Go past one of some words and return it."""
        for word in words:
            if self.take(word):
                return word
        raise self.wrong()

    def name(self, what: str) -> str:
        """Go past a name or a value: a quoted text, or a word that is no word of the language."""
        token = self.token
        if token.kind == TEXT or (token.kind == WORD and token.said.lower() not in KEYWORDS):
            self._go(1)
            return token.said
        self._asked[what] = None
        raise self.wrong()

    def word(self, what: str, pattern: str) -> Token:
        """Go past a word of a shape, such as a number."""
        token = self.token
        if token.kind != WORD or not re.fullmatch(pattern, token.said):
            self._asked[what] = None
            raise self.wrong()
        self._go(1)
        return token

    def end(self) -> None:
        """Demand that nothing more comes."""
        self._asked["the end"] = None
        if self.token.kind != END:
            raise self.wrong()

    def refuse(self, token: Token, reason: str) -> NotUnderstood:
        """Return what is to be raised for a word that is one, and wrong."""
        return NotUnderstood(self.source, token.start, token.end, reason)

    def wrong(self) -> NotUnderstood:
        """Return what is to be raised when nothing of what was asked for comes next."""
        token, asked = self.token, list(self._asked)
        meant = near(token.said.lower(), [each for each in asked if each.isalpha()]) if token.kind == WORD else None
        if meant is not None:
            hint = f"did you mean {meant!r}?"
        else:
            named = [each if " " in each and each.startswith(("a ", "an ", "the ")) else repr(each) for each in asked]
            more = f" or {len(named) - _LISTED} others" if len(named) > _LISTED else ""
            hint = f"expected {', '.join(named[:_LISTED])}{more}"
        reason = f"{token} is not understood here; {hint}"
        return NotUnderstood(self.source, token.start, token.end, reason, asked)

    def _go(self, many: int) -> None:
        self._place += many
        self._asked = {}
