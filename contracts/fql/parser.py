"""Tokens made a tree the way the published parser makes it, with all it overlooks (destination facts 4 [run]).

It takes what it expects to find at a place for what it is: no parenthesis, comma or operator is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from contracts.fql.lexer import Kind, Token
from contracts.fql.tree import BRANCHES, FIELDS, Condition, Group
from contracts.javascript import FUNCTION, cut_units, member, number_of, text_of

NOT_AN_EXPRESSION: Final = "Cannot read properties of undefined (reading 'type')"
"""What the package says of most texts that it cannot read, the lexer's own message being lost."""

_FUNCTIONS: Final = frozenset({"contains", "match"})
_ARGUMENTS: Final = frozenset({"event", "name", "userId"})


class SyntaxFault(ValueError):
    """The tokens are no filter; the message is the package's."""


def condition_type(name: str) -> str | None:
    """Return what a condition on this name is; "" for a name that every JavaScript object has, None for others.

    The parser looks a name up in an object: `constructor` is found there, takes its two tokens, and makes nothing.
    """
    root = name.partition(".")[0]
    if root in FIELDS:
        return FIELDS[root]
    inherited = member({}, root)
    return "" if inherited is FUNCTION or isinstance(inherited, dict) else None


def value_of(token: Token) -> Any:
    """Return what a token is worth to a comparison: a text without its double quotes, a number, true, false."""
    if token.kind is Kind.STRING:
        return token.value.removeprefix('"').removesuffix('"')
    if token.kind is Kind.NUMBER:
        return number_of(token.value)
    if token.kind is Kind.IDENT and token.value in {"true", "false"}:
        return token.value == "true"
    return token.value


def joined_names(given: Sequence[Token]) -> list[Token]:
    """Return the tokens with names and the dots between them as one name."""
    found: list[Token] = []
    place = 0
    while place < len(given):
        token = given[place]
        after = given[place + 1] if place + 1 < len(given) else None
        if token.kind is Kind.DOT and found and found[-1].kind is Kind.IDENT and after and after.kind is Kind.IDENT:
            before = found.pop()
            found.append(Token(Kind.IDENT, f"{before.value}.{after.value}", before.start, after.end))
            place += 2
        else:
            found.append(token)
            place += 1
    return found


def tree_of(given: Sequence[Token]) -> Group:
    """Return the tree of a filter's joined tokens; raises SyntaxFault."""
    node = _Parser(given).read()
    if node is None:
        raise SyntaxFault(NOT_AN_EXPRESSION)
    return node if isinstance(node, Group) else Group("and", (node,))


class _Parser:
    def __init__(self, given: Sequence[Token]) -> None:
        self._tokens = given
        self._at = 0
        self._nodes: list[Condition | Group | None] = []

    def read(self) -> Condition | Group | None:
        """Read to the end; None where nothing was found that counts."""
        conjunction = "and"
        token = self._take()
        while token is not None and token.kind is not Kind.END:
            if token.kind is Kind.IDENT:
                self._ident(token)
            elif token.kind is Kind.OPERATOR and token.value == "!":
                self._negated()
            elif token.kind is Kind.PARENTHESIS_OPEN:
                self._group()
            elif token.kind is Kind.CONDITIONAL:
                conjunction = token.value  # the last one counts, for all of them
            token = self._take()
        if len(self._nodes) > 1:
            return Group(conjunction, tuple(self._nodes))
        return self._nodes[0] if self._nodes else None

    def _take(self) -> Token | None:
        if self._at >= len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def _must(self, what: str) -> Token:
        token = self._take()
        if token is None:
            raise SyntaxFault(f"{what} is missing")
        return token

    def _ident(self, token: Token) -> None:
        kind = condition_type(token.value)
        if kind is not None:
            operator, value = self._must("Operator token"), self._must("Value token")
            if kind:
                self._nodes.append(_comparison(kind, token.value, operator, value))
        elif token.value in _FUNCTIONS:
            self._function(token.value)

    def _negated(self) -> None:
        if self._at >= len(self._tokens):
            raise SyntaxFault(NOT_AN_EXPRESSION)
        token = self._tokens[self._at]
        if token.kind is Kind.IDENT and token.value in _FUNCTIONS:
            self._at += 1
            self._function(token.value, "not_")

    def _function(self, function: str, negation: str = "") -> None:
        self._take()
        name = self._take()
        if name is None:
            raise SyntaxFault(f"{function}() is missing a 1st argument")
        self._take()
        given = self._take()
        if given is None:
            raise SyntaxFault(f"{function}() is missing a 2nd argument")
        self._take()
        operator, value = "contains", text_of(value_of(given))
        if function == "match":
            is_start = given.value.endswith('*"')
            operator = "starts_with" if is_start else "ends_with"
            value = cut_units(value, 0, -1) if is_start else cut_units(value, 1)
        if name.value in _ARGUMENTS:
            self._nodes.append(Condition(name.value, negation + operator, value))
        for kind, root in BRANCHES.items():
            if name.value.startswith(root):
                self._nodes.append(Condition(kind, negation + operator, value, name.value.removeprefix(f"{root}.")))

    def _group(self) -> None:
        start = self._at
        while True:
            token = self._take()
            if token is None:
                raise SyntaxFault(NOT_AN_EXPRESSION)
            if token.kind is Kind.PARENTHESIS_CLOSE:
                break
        held = [*self._tokens[start : self._at - 1], Token(Kind.END, "eos", self._at, self._at)]
        self._nodes.append(_Parser(held).read())


def _comparison(kind: str, name: str, operator: Token, given: Token) -> Condition:
    value = value_of(given)
    if kind in {"event", "event-type"}:
        return Condition(kind, operator.value, text_of(value))
    unary = {
        ("!=", "null"): "exists",
        ("=", "null"): "not_exists",
        ("=", "true"): "is_true",
        ("=", "false"): "is_false",
    }.get((operator.value, given.value))
    is_below = kind in BRANCHES
    key: Any = {"name": name.removeprefix(f"{BRANCHES[kind]}.")} if is_below else {}
    if unary and not (kind == "name" and unary.startswith("is_")):
        return Condition(kind, unary, **key)
    if not is_below:
        return Condition(kind, operator.value, text_of(value))
    if given.kind is Kind.NUMBER and operator.value in {"=", "!="}:
        return Condition(kind, "number_equals" if operator.value == "=" else "number_not_equals", value, **key)
    return Condition(kind, operator.value, value, **key)
