"""An entry of a journal, walked to its values: address, headers, what the fake noted, and the body."""

from __future__ import annotations

from typing import Any

import orjson

from mock_core.deep_json import write_json
from recording.material import Happened
from recording.strangers import Rewriter, body_text, document, route, text_value


def rewritten_entry(happened: Happened, rewriter: Rewriter) -> Happened:
    """Return an entry with its values rewritten; the announced length of a body follows it."""
    data = dict(happened.data)
    body = happened.body
    if body is not None:
        body = document(body, rewriter, is_csv=data.get("op") == "cohort.import")
    changed: dict[str, Any] = {}
    if happened.kind == "request":
        where = route(f"{data['path']}?{data['query']}", rewriter)
        changed["path"], _, changed["query"] = where.partition("?")
        headers = {name: text_value(("headers", name), value, rewriter) for name, value in data["headers"].items()}
        if body is not None and happened.body is not None and len(body) != len(happened.body):
            headers = {name: str(len(body)) if name == "content-length" else value for name, value in headers.items()}
        changed["headers"] = headers
    elif data.get("op") == "person.put":
        changed["properties"] = _json(data["properties"], rewriter, ("traits",))
    rest = {name: value for name, value in data.items() if name not in changed}
    other = _json(rest, rewriter, ("entry",))
    return Happened(
        happened.fake, happened.at, happened.kind, {name: {**other, **changed}[name] for name in data}, body
    )


def _json(value: Any, rewriter: Rewriter, base: tuple[str, ...]) -> Any:
    return orjson.loads(body_text(write_json(value).decode(), rewriter, base))
