"""A filter as somebody wrote it: read once, asked for every event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.fql.evaluator import holds
from contracts.fql.lexer import LexicalError, tokens
from contracts.fql.parser import NOT_AN_EXPRESSION, SyntaxFault, joined_names, tree_of
from contracts.fql.tree import Group


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter's text and its tree; where there is no tree, `error` is what the package says, `why` what the lexer saw.

    A filter that cannot be read matches nothing.
    """

    text: str
    tree: Group | None
    error: str = ""
    why: str = ""

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Say whether the filter holds for an event; raises FilterBreaks where the package throws."""
        return self.tree is not None and holds(self.tree, event)


def parse(text: str) -> Filter:
    """Return a filter; one that cannot be read has an `error` and matches nothing."""
    try:
        found = tokens(text)
    except LexicalError as error:
        return Filter(text, None, NOT_AN_EXPRESSION, f"{error} (at character {error.place})")
    try:
        return Filter(text, tree_of(joined_names(found)))
    except SyntaxFault as fault:
        return Filter(text, None, str(fault))
