"""Text as JavaScript counts it: in units of UTF-16, where an emoji is two, and either half can stand alone."""

from __future__ import annotations


def units(text: str) -> str:
    """Return text with every character beyond the first 65,536 as its two surrogates, one Python character each."""
    if text.isascii() or max(text) < "\U00010000":
        return text
    coded = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(coded[place] << 8 | coded[place + 1]) for place in range(0, len(coded), 2))


def joined(text: str) -> str:
    """Return text whose surrogates are characters again where two of them make one."""
    if text.isascii():
        return text
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def cut_units(text: str, start: int, end: int | None = None) -> str:
    """Return a slice counted in units."""
    return joined(units(text)[start:end])
