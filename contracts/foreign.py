"""Text from outside, made fit to be shown: it keeps its letters and does nothing.

Names, ids, messages, file names and what programs print are other people's. A terminal obeys control characters (C0
and C1), a reader is misled by marks that turn the direction of writing, a CI service reads commands where lines begin,
and half a surrogate pair cannot be written at all. Each is shown as its escape (`\\x1b`, `\\u202e`, `\\n`). Letters of
every script, emoji and the joiners within them stay as they are, and nothing is read as markup.
"""

from __future__ import annotations

import re
from unicodedata import category, east_asian_width

NAME_COLUMNS = 40  # of a name or an id in a table or a sentence

# C0, DEL and C1; direction marks, embeddings, overrides and isolates (Unicode TR9) with their deprecated neighbours;
# line and paragraph separators; the byte order mark; half surrogate pairs.
_DOES = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff"
_ON_A_LINE = re.compile(f"[{_DOES}]")
_IN_LINES = re.compile(f"(?![\t\n])[{_DOES}]")
_IN_JSON = re.compile(f"(?![\x00-\x1f])[{_DOES}]")
_NOT_XML = re.compile("[\ufffe\uffff]")  # of what `lines` leaves
_ASIDE = {"Mn", "Me", "Cf"}  # drawn with the letter before


def shown(text: str) -> str:
    """Return text as a part of one line: line breaks are escaped, too."""
    return text if text.isprintable() else _ON_A_LINE.sub(_escaped, text)


def lines(text: str) -> str:
    """Return text that has lines of its own, such as what a program printed; its line breaks and tabs stay."""
    return text if text.isprintable() else _IN_LINES.sub(_escaped, text.replace("\r\n", "\n"))


def quoted(text: str, columns: int | None = None) -> str:
    """Return text between quotes that it does not hold itself, if it can be; cut where columns are given."""
    said = shown(text) if columns is None else cut(text, columns)
    return f'"{said}"' if "'" in said and '"' not in said else f"'{said}'"


def cut(text: str, columns: int = NAME_COLUMNS) -> str:
    """Return text for one line of at most so many columns; of what is too wide, the beginning and the end."""
    said = shown(text)
    if len(said) * 2 <= columns or width(said) <= columns:
        return said
    end = (columns - 3) // 4
    return f"{_fitting(said, columns - 3 - end)}...{_fitting(said[::-1][: end + 1], end)[::-1]}"


def width(text: str) -> int:
    """Return how many columns of a terminal text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def in_json(document: str) -> str:
    """Return a JSON document that says the same, and shows as little as `shown` lets anything do.

    Between strings none of these characters can stand, and within them JSON has an escape for each.
    """
    if document.isascii() and "\x7f" not in document:
        return document
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def in_xml(text: str) -> str:
    """Return text for an XML document, which cannot hold what XML 1.0 has no way to say; markup is not escaped."""
    return _NOT_XML.sub(_escaped, lines(text))


def _escaped(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]


def _fitting(text: str, columns: int) -> str:
    """Return as much of the beginning as fits."""
    left = columns
    for place, letter in enumerate(text):
        left -= _columns(letter)
        if left < 0:
            return text[:place]
    return text


def _columns(letter: str) -> int:
    if category(letter) in _ASIDE:
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1
