"""The calls of a recorded program, as a file.

They stand in a file beside the scenario, a JSON object a line: `{"sync": 1, "ended": "succeeded", "reason": ""}` begins
a sync, and each of its calls follows: when after the sync began (seconds), to which fake, method, path, query, headers,
the body as `text` or `base64`, the write key, and of an export that was asked for the `request` id it got. The lab
answers as it does now.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from scenarios.errors import FileUnusable

LINE: Mapping[str, type | tuple[type, ...]] = {
    "after": (int, float),
    "on": str,
    "method": str,
    "path": str,
    "query": str,
    "headers": dict,
}
_MOST_HEADERS = frozenset({"content-type", "content-encoding", "user-agent", "accept", "accept-encoding"})


def sync_line(number: int, ended: str, reason: str) -> bytes:
    """Return the line that begins a sync."""
    return orjson.dumps({"sync": number, "ended": ended, "reason": reason}) + b"\n"


def call_line(
    *, after: float, on: str, data: Mapping[str, Any], body: bytes, write_key: str = "", request: str | None = None
) -> bytes:
    """Return the line of a call; `data` is that of its entry in the journal."""
    headers = {name: value for name, value in data["headers"].items() if name in _MOST_HEADERS}
    line: dict[str, Any] = {
        "after": after,
        "on": on,
        "method": data["method"],
        "path": data["path"],
        "query": data["query"],
        **({"headers": headers, "write_key": write_key} if write_key else {"headers": headers}),
        **({"authorized": True} if "authorization" in data["headers"] else {}),
        **({} if request is None else {"request": request}),
    }
    if body:
        try:
            line["text"] = body.decode("utf-8")
        except UnicodeDecodeError:
            line["base64"] = base64.b64encode(body).decode()
    return orjson.dumps(line) + b"\n"


def lines_of(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file of calls; raise `FileUnusable` for one that is none."""
    try:
        with file.open("rb") as stream:
            for number, text in enumerate(stream, 1):
                yield _line(text, f"{file}:{number}")
    except OSError as error:
        raise FileUnusable(f"{file} cannot be read: {error.strerror or error}.") from error


def _line(text: bytes, where: str) -> dict[str, Any]:
    try:
        line = orjson.loads(text)
    except ValueError as error:
        raise FileUnusable(f"{where} is no line of recorded calls: {error}.") from error
    if isinstance(line, dict) and "sync" in line:
        wanted: Mapping[str, Any] = {"ended": str, "reason": str}
    else:
        wanted = LINE
    if not isinstance(line, dict) or not all(isinstance(line.get(name), kind) for name, kind in wanted.items()):
        raise FileUnusable(f"{where} is no line of recorded calls; expected {', '.join(wanted)}.")
    return line
