"""Stencils: what is told of lines by their likes is what reading and judging each of them tells, to the byte."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import all_rules
from contracts.check import CONTRACTS, contract
from contracts.examining import Examination, Finding, Trouble
from contracts.reading import Alike, blocks, read, read_sifted
from contracts.rule import TEXTS
from tests.generating import EXAMPLES

EVENT: Final[dict[str, Any]] = {
    "type": "identify",
    "userId": "user-001",
    "messageId": "m-1",
    "timestamp": "2026-11-23T10:00:00.000Z",
    "traits": {"Power Users (abc123)": True},
    "context": {"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
}
EVENTS: Final = [
    EVENT,
    {**EVENT, "traits": {"Power Users (abc123)": "true"}},
    {**EVENT, "sentAt": "2026-11-23T10:00:00.000Z", "anonymousId": "anon-1", "ours": 1, "messageID": "m-2"},
    {**EVENT, "traits": {"Power Users (abc123)": 7.0, "Opened (abc124)": 1, "userId": "x"}},
    *(
        json.loads(json.dumps(example))
        for rule in all_rules()
        if rule.contracts[0] in CONTRACTS and rule.code not in ("E101", "E102", "E106", "E107", "D218")
        for example in (rule.bad, rule.good)
    ),
]
"""Of every kind there is, clean and not."""
WORDS: Final = (
    *("user-001", "user-002", "3aa47ea1-2bdb-4978-89d0-000000000001", "m-1", "Ünïcode \u2028", "x" * 127, "x" * 129),
    *("", " user", "user\n", "null", "0", "1e+5", "12.0", "a\\b", 'say "so"', "true", "{}", "\u0085", "\x7f", "Power"),
    *("2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00", "2027-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-02-30"),
)
TEXT: Final = st.sampled_from(WORDS) | st.text(max_size=12).filter(lambda text: text.isprintable())


@st.composite
def captures(draw: st.DrawFn) -> bytes:
    """Write events of few kinds that differ in ids and moments, now and then with something wrong in a line."""
    kinds = draw(st.lists(st.sampled_from(EVENTS).filter(lambda each: isinstance(each, dict)), min_size=1, max_size=3))
    separators = draw(st.sampled_from(((",", ":"), (", ", ": "))))
    lines = []
    for _ in range(draw(st.integers(4, 24))):
        kind = draw(st.sampled_from(kinds))
        texts = {name: draw(TEXT) for name in TEXTS if name in kind and draw(st.integers(0, 2)) > 0}
        line = json.dumps({**kind, **texts}, separators=separators, ensure_ascii=draw(st.booleans()))
        odd = draw(st.integers(0, 40))
        if odd == 0:
            line = line[:-2]
        elif odd == 1:
            line = line[:-1] + ',"userId":"again"}'
        elif odd == 2:
            line = ""
        lines.append(line.encode() + (b"\r\n" if odd == 3 else b"\n"))
    return b"".join(lines)[: None if draw(st.booleans()) else -1]


def told(data: bytes, name: str, *, by_likes: bool) -> list[Any]:
    """Return all that an examination says, and what it counted."""
    examination = Examination(contract(name))
    stream = io.BytesIO(data)
    parts: Iterator[Any] = read_sifted(stream, examination.stencils) if by_likes else read(stream)
    found = list(examination.payloads(parts, "events.ndjson"))
    said = [_said(each) for each in found]
    return [*said, examination.tally.payloads, sorted(examination.tally.rules.items())]


def _said(found: Finding | Trouble) -> Any:
    return (found.as_dict(), found.excerpt, found.fingerprint()) if isinstance(found, Finding) else str(found)


@given(data=captures(), name=st.sampled_from((*CONTRACTS, "event", "cohort-identify")))
@settings(max_examples=150 * EXAMPLES, deadline=None)
def test_lines_are_told_as_if_each_was_read(data: bytes, name: str) -> None:
    """Whatever their kind and their texts, and whatever is wrong between them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blocks, "_FIRST", 256)
        assert told(data, name, by_likes=True) == told(data, name, by_likes=False)


def lines(events: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_lines_of_a_kind_are_not_read_one_by_one() -> None:
    """Of a thousand events that differ in ids few are parsed; those that break something are told by their likes."""
    events = [
        {
            **EVENT,
            "userId": f"user-{number:04d}",
            "traits": {"Power Users (abc123)": "true" if number % 10 == 9 else True},
        }
        for number in range(1_000)
    ]
    examination = Examination(contract("cohort-identify"))
    parts = list(_tapped(examination, lines(events)))
    alike = [part for part in parts if isinstance(part, Alike)]
    assert sum(part.lines for part in alike) > 900
    assert sum(bool(part.told) for part in alike) > 85
    assert examination.tally.rules["C409"] == 100


def _tapped(examination: Examination, data: bytes) -> Iterator[Any]:
    seen = []

    def parts() -> Iterator[Any]:
        for part in read_sifted(io.BytesIO(data), examination.stencils):
            seen.append(part)
            yield part

    list(examination.payloads(parts(), "events.ndjson"))
    yield from seen


def test_a_pipe_is_told_of_as_it_comes() -> None:
    """What a pipe gives is looked at before more of it is asked for."""
    given_ = [lines([{**EVENT, "userId": f"user-{number}"}]) for number in range(40)]

    class Pipe(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece = given_.pop(0) if given_ else b""
            buffer[: len(piece)] = piece
            return len(piece)

    examination = Examination(contract("cohort-identify"))
    left = []
    for part in read_sifted(io.BufferedReader(Pipe()), examination.stencils):
        list(examination.payloads([part], "-"))
        left.append(len(given_))
    assert examination.tally.payloads == 40
    assert left[:30] == sorted(left[:30], reverse=True)
    assert left[10] > 20
