"""Strangers: people's values become keyed pseudonyms of the same shape, the same ones wherever they stand."""

from __future__ import annotations

from recording.strangers.documents import Rewriter, body_text, document, inflated, route, text_value
from recording.strangers.key import read_key
from recording.strangers.people import People, Seen
from recording.strangers.pseudonyms import Pseudonyms
from recording.strangers.searching import Search

__all__ = [
    "People",
    "Pseudonyms",
    "Rewriter",
    "Search",
    "Seen",
    "body_text",
    "document",
    "inflated",
    "read_key",
    "route",
    "text_value",
]
