"""Walk a document of any kind to its values: gzip, JSON, forms, CSV, addresses, Base64, and any of these in another.

A rewriter says what becomes of a value; what it leaves stays as it was written, to the byte.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final, Protocol
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from recording.strangers.json_text import KEY, Path, rewritten
from recording.strangers.memory import Memory

_GZIP: Final = b"\x1f\x8b"
_MOST: Final = 256 << 20
_DEEPEST: Final = 6
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_FORM: Final = re.compile(r"[\w.\-%\[\]]+=[^\s{}<>\"]*(?:&[\w.\-%\[\]]+=[^\s{}<>\"]*)*")
_CELL: Final = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|$)')
_PARTS: Final = re.compile(r"([/?&=#;])")


class Rewriter(Protocol):
    """Says what becomes of values; None leaves one. What it says of a value at a path stays so."""

    memory: Memory

    def field(self, path: Path, text: str, *, is_number: bool) -> str | None:
        """Take a value whose field says what it is; None when it does not."""
        ...

    def loose(self, path: Path, text: str) -> str | None:
        """Take a text in which values may stand."""
        ...


def document(data: bytes, rewriter: Rewriter, base: Path = (), *, is_csv: bool = False) -> bytes:
    """Return a body with its values rewritten."""
    if data.startswith(_GZIP):
        inside = inflated(data)
        if inside is None:
            return data
        other = document(inside, rewriter, base, is_csv=is_csv)
        return data if other == inside else _packed(other)
    text = data.decode("utf-8", "surrogateescape")
    other_text = csv(text, rewriter) if is_csv else body_text(text, rewriter, base)
    return other_text.encode("utf-8", "surrogateescape")


def inflated(data: bytes) -> bytes | None:
    """Return what gzip holds, every member of it, as far as it goes; None for what is none."""
    found = b""
    while data.startswith(_GZIP):
        inflater = zlib.decompressobj(wbits=31)
        try:
            found += inflater.decompress(data, _MOST - len(found))
        except zlib.error:
            return found or None
        data = inflater.unused_data
    return found


def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def body_text(text: str, rewriter: Rewriter, base: Path = ()) -> str:
    """Return a body's text with its values rewritten: JSON, a form, or just text."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return rewritten(text, _Inside(rewriter, 0), base)
    if _FORM.fullmatch(text):
        return query(text, rewriter, base)
    return _Inside(rewriter, 0)((*base, "text"), text, False) or text


def query(text: str, rewriter: Rewriter, base: Path = (), depth: int = 0) -> str:
    """Return `name=value&...` with its values rewritten, each encoded as it was."""
    return "&".join(_pair(pair, rewriter, base, depth) for pair in text.split("&"))


def _pair(pair: str, rewriter: Rewriter, base: Path, depth: int) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return _encoded(pair, rewriter, (*base, "path"), depth)
    return f"{name}={_encoded(value, rewriter, (*base, unquote_plus(name)), depth)}"


def _encoded(value: str, rewriter: Rewriter, path: Path, depth: int) -> str:
    is_plus = "+" in value and "%20" not in value
    said = unquote_plus(value) if is_plus else unquote(value)
    other = _Inside(rewriter, depth + 1)(path, said, False)
    if other is None or other == said:
        return value
    if said == value:  # it was not encoded, whatever a browser would have done
        return other
    safe = "".join(each for each in "@:/,+!*'()$;~" if each in value and not (each == "+" and is_plus))
    return (quote_plus if is_plus else quote)(other, safe=safe)


def address(text: str, rewriter: Rewriter, path: Path, depth: int = 0) -> str:
    """Return an address or a path with its parts rewritten."""
    before, mark, rest = text.partition("?")
    found, hash_mark, fragment = rest.partition("#")
    scheme, slashes, way = before.partition("://")
    host, slash, way = way.partition("/") if slashes else ("", "", scheme)
    start = f"{scheme}://{host}{slash}" if slashes else ""
    way = "".join(
        part if part in "/#;=&" else _encoded(part, rewriter, (*path, "path"), depth) for part in _PARTS.split(way)
    )
    ends = f"{mark}{query(found, rewriter, path, depth)}" if mark else ""
    return start + way + ends + (f"#{_encoded(fragment, rewriter, (*path, 'path'), depth)}" if hash_mark else "")


def csv(text: str, rewriter: Rewriter) -> str:
    """Return a CSV with its cells rewritten; a column's name is its field's."""
    return "".join(_cells(text, rewriter))


def _cells(text: str, rewriter: Rewriter) -> Iterator[str]:
    header: list[str] = []
    inside, column, is_header = _Inside(rewriter, 0), 0, True
    for found in _CELL.finditer(text):
        cell, end = found[1], found[2]
        value = cell[1:-1].replace('""', '"') if cell.startswith('"') and len(cell) > 1 else cell
        if is_header:
            header.append(value.lstrip("\ufeff").strip('"'))
        elif value:
            name = header[column] if column < len(header) else ""
            other = inside(("csv", *name.split(".")) if not name.startswith("gp:") else ("csv", name[3:]), value, False)
            if other is not None and other != value:
                needs = cell.startswith('"') or any(each in other for each in ',"\r\n')
                cell = '"' + other.replace('"', '""') + '"' if needs else other
        yield cell + end
        if end == ",":
            column += 1
        else:
            column, is_header = 0, is_header and not header[-1:]
        if not end:
            return


class _Inside:
    """Takes a value to the rewriter, and what it holds when it is a document itself."""

    def __init__(self, rewriter: Rewriter, depth: int) -> None:
        self._rewriter = rewriter
        self._depth = depth

    def __call__(self, path: Path, text: str, is_number: bool) -> str | None:
        if self._depth:
            return self._looked_at(path, text, is_number)
        return self._rewriter.memory.answer(path, text, is_number, self._looked_at)

    def _looked_at(self, path: Path, text: str, is_number: bool) -> str | None:
        rewriter = self._rewriter
        if path[-1:] != (KEY,):
            other = rewriter.field(path, text, is_number=is_number)
            if other is not None or is_number:
                return other
            if self._depth < _DEEPEST:
                other = self._of_what_it_holds(path, text)
                if other is not None:
                    return other
        return rewriter.loose(path, text)

    def _of_what_it_holds(self, path: Path, text: str) -> str | None:
        deeper = _Inside(self._rewriter, self._depth + 1)
        if len(text) > 1 and text.lstrip().startswith(("{", "[")) and text.rstrip().endswith(("}", "]")):
            return rewritten(text, deeper, path)
        if "://" in text[:12] and "\n" not in text:
            return address(text, self._rewriter, path, self._depth)
        if " " in text and ("%" in text or "://" in text):
            return self._of_words(path, text, deeper)
        if _BASE64.fullmatch(text):
            return self._of_base64(path, text, deeper)
        if "%" in text and (said := unquote(text)) != text and " " not in text:
            return _encoded(text, self._rewriter, path, self._depth) if said.isprintable() else None
        return None

    def _of_words(self, path: Path, text: str, deeper: _Inside) -> str | None:
        """Take a text in which addresses stand, or words that are encoded."""
        plain = self._rewriter.loose(path, text)
        words = re.split(r"(\s+)", text if plain is None else plain)
        other = "".join((deeper(path, word, False) or word) if "%" in word or "://" in word else word for word in words)
        return None if other == text else other

    def _of_base64(self, path: Path, text: str, deeper: _Inside) -> str | None:
        said = read_base64(text)
        if said is None:
            return None
        other = deeper(path, said, False)
        if other is None or other == said:
            return None
        written = (base64.urlsafe_b64encode if re.search("[-_]", text) else base64.b64encode)(other.encode()).decode()
        return written if text.endswith("=") or len(text) % 4 == 0 else written.rstrip("=")


def read_base64(text: str) -> str | None:
    """Return the text that Base64 stands for, plain or for addresses; None when it stands for none."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:
        return None
    try:
        found = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        if found.startswith(_GZIP):
            found = inflated(found) or b""
        said = found.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return said if said and all(each.isprintable() or each in "\r\n\t" for each in said) else None


def route(text: str, rewriter: Rewriter) -> str:
    """Return a path with its query, their values rewritten."""
    return address(text, rewriter, ())


def text_value(path: Path, text: str, rewriter: Rewriter) -> str:
    """Return one value with what is in it rewritten."""
    other = _Inside(rewriter, 0)(path, text, False)
    return text if other is None else other
