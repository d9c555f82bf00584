"""Definitions of cohorts: read from the vendor's JSON or from words, said in words, asked of events, written as SQL.

Pure, and without I/O: whoever holds events asks `members` of them, or a database what `statement` writes.
"""

from __future__ import annotations

from contracts.definitions.contradictions import contradictions
from contracts.definitions.explaining import Explanation, ToldClause, ToldEvent, explain
from contracts.definitions.model import Definition
from contracts.definitions.plain import Event, is_member, members
from contracts.definitions.printing import in_words
from contracts.definitions.reading import read_definition
from contracts.definitions.spots import Problem
from contracts.definitions.sql import JSON, VARIANT, Statement, statement
from contracts.definitions.tokens import NotUnderstood
from contracts.definitions.validity import needs_history, next_edge, strips
from contracts.definitions.values import all_texts, apart, joined
from contracts.definitions.windows import Rules, is_zone
from contracts.definitions.words import read_words
from contracts.definitions.writing import write_definition

__all__ = [
    "JSON",
    "VARIANT",
    "Definition",
    "Event",
    "Explanation",
    "NotUnderstood",
    "Problem",
    "Rules",
    "Statement",
    "ToldClause",
    "ToldEvent",
    "all_texts",
    "apart",
    "contradictions",
    "explain",
    "in_words",
    "is_member",
    "is_zone",
    "joined",
    "members",
    "needs_history",
    "next_edge",
    "read_definition",
    "read_words",
    "statement",
    "strips",
    "write_definition",
]
