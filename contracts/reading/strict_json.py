"""JSON as a strict server reads it, with the place and the reason when a text is not JSON.

`json.loads` takes NaN, and Segment's edge does not (segment facts 1.4); orjson refuses it, together with byte
order marks, trailing commas, control characters, lone surrogates and nesting beyond 1,024 levels. orjson says
where it stopped; this module says why in words, by looking at what stands there.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

from contracts.errors import MalformedJSON
from contracts.explain import quote
from contracts.reading.locate import line_and_column, repeated_key

_BOM: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"
_LONE_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_UNUSUAL_KEYS: Final = (b" :", b"\t:", b"\n:", b"\r:", b"\\u0022", b"\\u003a", b"\\u003A")
_DEPTH: Final = 1_024
_LINE_ENDING: Final = 3


def parse_json(data: bytes) -> object:
    """Parse one JSON document; raise `MalformedJSON` with line, column and reason when it is not one."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _diagnose(data, error) from None


def duplicate_key(data: bytes, parsed: object) -> MalformedJSON | None:
    """Return where an object of `data` names a key for the second time, or None.

    `parsed` is what `parse_json` made of `data`. Written back it is often the same text, or has as many colons
    after quotes; only a text that differs in that count is looked at closely.
    """
    try:
        again = orjson.dumps(parsed)
    except TypeError:  # nested deeper than orjson writes
        again = b""
    if data.startswith(again) and len(data) - len(again) < _LINE_ENDING and again:
        return None
    if again.count(b'":') == data.count(b'":') and not any(odd in data for odd in _UNUSUAL_KEYS):
        return None
    text = data.decode("utf-8")
    found = repeated_key(text)
    if found is None:
        return None
    key, offset = found
    return MalformedJSON(*line_and_column(text, offset), f"the key {quote(key)} again", "J005")


def _diagnose(data: bytes, error: orjson.JSONDecodeError) -> MalformedJSON:
    if data.startswith(_GZIP):
        return MalformedJSON(1, 1, "gzip instead of text", "J013")
    if not data.strip(b" \t\r\n"):
        return MalformedJSON(1, 1, "nothing", "J012")
    if data.startswith(_BOM):
        return MalformedJSON(1, 1, "a UTF-8 byte order mark before the document", "J003")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as undecodable:
        before = data[: undecodable.start]
        line, column = before.count(b"\n") + 1, undecodable.start - (before.rfind(b"\n") + 1) + 1
        return MalformedJSON(line, column, f"byte 0x{data[undecodable.start]:02x}, which is not UTF-8 here", "J007")
    reason, code = _reason(text, error.pos, error.msg)
    return MalformedJSON(error.lineno, error.colno, reason, code)


def _reason(text: str, position: int, complaint: str) -> tuple[str, str]:
    """Return the reason and the rule for what stands at `position`; `complaint` is orjson's own wording."""
    rest = text[position : position + 32]
    before = text[:position].rstrip()
    if not rest.strip():
        return "the end of the document before it is complete", "J004"
    if rest[0] == "\0" or (before and before[-1] == "\0"):
        return "a NUL byte", "J010"
    word = re.match(r"-?(NaN|Infinity|Inf|nan|inf)\b", text[max(0, position - 1) : position + 32].lstrip(":[, -"))
    if word or "infinity" in complaint:
        return f"{word[1] if word else 'a number beyond what a double holds'}", "J002"
    if "depth" in complaint or "ecursion" in complaint:
        return f"nesting deeper than {_DEPTH:,} levels", "J006"
    if _LONE_SURROGATE.match(rest) or "surrogate" in complaint:
        return "one half of a surrogate pair", "J008"
    if (rest[0] in "]}" and before.endswith(",")) or "trailing comma" in complaint:
        return "a comma before the closing bracket", "J009"
    if rest[0] == "," and before.endswith((",", "[", "{")):
        return "a comma with nothing before it", "J009"
    if "content after" in complaint:
        return f"{_shown(rest)} after the end of the document", "J011"
    if rest[0] == "'" or re.match(r"(True|False|None|undefined)\b", rest):
        return f"{_shown(rest)}", "J014"
    return f"{_shown(rest)} ({complaint.rstrip('.')})", "J001"


def _shown(rest: str) -> str:
    word = re.match(r"[\w.+-]+|.", rest, re.DOTALL)
    return ascii(word[0]) if word else "nothing"
