"""Recordings of calls in YAML: cassettes of vcrpy and Ruby's VCR, Insomnia collections; each body with its line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from contracts.errors import BadInput
from contracts.reading.calls import placed_body, recorded_calls
from contracts.reading.records import Fault, Record
from contracts.reading.yaml_text import Text, load_yaml

LARGEST: Final = 64 * 1024 * 1024
_WANTED: Final = "expected a cassette or an Insomnia collection"


def read_yaml_calls(stream: BinaryIO) -> Iterator[Record | Fault]:
    """Yield the bodies that a recording in YAML says were sent to Segment; raise `BadInput` when it is none."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadInput(f"is a recording in YAML of more than {LARGEST >> 20} MB; record less of the traffic")
    try:
        document = load_yaml(data)
    except BadInput as error:
        raise BadInput(f"is {error}; {_WANTED}") from None
    recorded = recorded_calls(document)
    if recorded is None:
        raise BadInput(f"is YAML of another kind; {_WANTED}")
    if not recorded.bodies:
        raise BadInput(f"is {recorded.what} with {recorded.requests:,} requests; none is a call to Segment")
    for body in recorded.bodies:
        at = _place(document, body.pointer)
        if isinstance(body.value, ValueError):
            yield Fault("J001", f"{body.value} at {body.pointer}", *at, b"")
            continue
        value = body.value  # what is written as YAML was sent as JSON
        text = value if isinstance(value, str | bytes) else json.dumps(value, ensure_ascii=False)
        yield from placed_body(text, body.route, at, body.pointer)


def _place(document: Any, pointer: str) -> tuple[int, int]:
    """Return the line and column of a value: its own when it is text, that of its first text otherwise."""
    value = document
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part.replace("~1", "/").replace("~0", "~")]
    while isinstance(value, list | dict) and value:
        value = next(iter(value))
    return (value.line, value.column) if isinstance(value, Text) else (1, 1)
