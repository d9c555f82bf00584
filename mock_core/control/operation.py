"""What one may tell a lab to do (an operation) and read from it (a view): rows of the control plane's tables.

A row is a route under /__lab/, its validation, its line in the index and its part of the OpenAPI document.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Filters = Mapping[str, str]
Rows = Iterator[tuple[int, dict[str, Any]]]
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
State = Any  # a vendor's state; the tables below are built per vendor, which knows its type


@dataclass(frozen=True, slots=True)
class Operation:
    """Something one can tell the lab to do.

    `run(state, payload)` gets the JSON payload, validated by `schema`, or, when `raw`, the bytes as `body` beside the
    `query` parameters; what it returns is the JSON answer, or a response of the media type `produces`. Parts of
    the path, as in `/faults/<id>`, are added to the payload.

    `example` is a payload that does something; when `raw` the name of a file to send, or of a query to ask with.
    """

    name: str
    method: str
    path: str
    doc: str
    run: Callable[[State, Any], Any]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    raw: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    produces: str = "application/json"
    example: Any = None

    def curl(self, base_url: str, parts: Mapping[str, str]) -> str:
        """Return the operation as a command for a shell, with the values of its path's parts."""
        path = _PART.sub(lambda part: parts[part[1]], self.path)
        url = f"{base_url}/__lab{path}"
        if self.raw and self.method == "GET":
            return f"curl {shlex.quote(f'{url}?{urlencode(self.example or {})}' if self.example else url)}"
        if self.method == "GET":
            return shlex.join(["curl", url, *([] if self.example is None else ["-o", self.example])])
        how = [] if self.method == "POST" and self.example is not None else ["-X", self.method]
        if self.raw:
            body = ["--data-binary", f"@{self.example}"]
        else:
            body = [] if self.example is None else ["-d", json.dumps(self.example)]
        return shlex.join(["curl", *how, url, *body])


@dataclass(frozen=True, slots=True)
class View:
    """Something one can read from the lab: rows in order, each with a cursor to go on from.

    `rows(state, filters, after)` yields `(cursor, row)` beyond cursor `after`; `filters` names what may be asked.
    """

    name: str
    doc: str
    filters: Mapping[str, str]
    rows: Callable[[State, Filters, int], Rows]
