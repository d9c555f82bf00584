"""Likeness: which of some words another one was, before a tool trimmed, folded, cut or normalised it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from contracts.foreign import NAME_COLUMNS, quoted


def alike(word: str, known: Iterable[Any]) -> str | None:
    """Return what differs from a word in case, space, accents, zeros, quotes or a cut only, and in least; else None."""
    wanted = bare(word)

    def is_like(other: str) -> bool:
        other_bare = bare(other)
        is_cut = (len(other) > 2 and wanted.startswith(other_bare)) or (len(word) > 2 and other_bare.startswith(wanted))
        return other_bare == wanted or is_cut

    return nearest_of(word, [each for each in known if isinstance(each, str) and is_like(each)])


def nearest_of(word: str, others: Iterable[str]) -> str | None:
    """Return the word that least was done to: trimmed or folded, then both, then the rest."""

    def distance(other: str) -> tuple[bool, bool, bool, bool, str]:
        both = other.strip().casefold() == word.strip().casefold()
        one = other.casefold() == word.casefold() or other.strip() == word.strip()
        return bare(other) != bare(word), not both, not one, how_changed(other, word) == "cut short", other

    return min((each for each in others if each != word), key=distance, default=None)


def bare(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(letter for letter in apart if letter.isalnum()).lstrip("0")
    return plain or word


def how_changed(original: str, became: str) -> str:
    """Say what was done to an id, in words that fit many ids."""
    plain = became.strip('"')
    if original.startswith(plain) and len(plain) < len(original):
        after = original[len(plain) :].lstrip()
        return "cut at a comma or quote" if after[:1] in {",", '"', ""} and after else "cut short"
    if original.replace('"', "") == became.replace('"', ""):
        return "cut at a comma or quote"
    if original.strip() == became.strip():
        return "stripped of blanks"
    if original.casefold() == became.casefold():
        return "written in another case"
    if original.lstrip("0") == became.lstrip("0"):
        return "stripped of leading zeros"
    if bare(original) == bare(became):
        return "normalised"
    return "changed on their way"


def shown_id(user_id: str) -> str:
    """Write an id so that two that look alike can be told apart."""
    said = quoted(user_id, NAME_COLUMNS)
    return said if user_id.isascii() else f"{said} ({user_id[:NAME_COLUMNS]!a})"
