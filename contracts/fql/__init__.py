"""FQL, the language of Segment's filters and triggers, as Segment reads it: a twin, oddities included.

Held against `@segment/destination-subscriptions` 3.37.0 (with fql-ts 1.10.1) by a test (destination facts 4).
"""

from __future__ import annotations

from contracts.fql.advice import Advice, advice
from contracts.fql.evaluator import FilterBreaks
from contracts.fql.filter import Filter, parse
from contracts.fql.generator import escaped_key, generate
from contracts.fql.lexer import Kind, LexicalError, Token, tokens
from contracts.fql.tree import Condition, Group

__all__ = [
    "Advice",
    "Condition",
    "Filter",
    "FilterBreaks",
    "Group",
    "Kind",
    "LexicalError",
    "Token",
    "advice",
    "escaped_key",
    "generate",
    "parse",
    "tokens",
]
