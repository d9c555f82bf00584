"""Contracts over a sequence: what a capture, in order, tells each user, and whether that can be right.

A fold over events as Segment would keep them: what is discarded tells nobody anything, and a repeated `messageId`
is dropped. Memory grows with the users and messages of the capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contracts.catalogue import rule
from contracts.delivery import are_deliverable, is_deliverable
from contracts.explain import quote
from contracts.moments import moment
from contracts.rule import Observation, Violation
from contracts.sequences.changes import Change, changes, content_of
from contracts.trait_key import TraitKeyFormat


class Place(NamedTuple):
    """Say where in the input something stands; line 0 is the input as a whole."""

    file: str
    line: int
    column: int = 1


class Told(NamedTuple):
    """Hold the last thing that a user was told about a trait, and where."""

    is_member: bool
    timestamp: str | None
    content: bytes
    message_id: str | None
    place: Place
    batch: int


@dataclass(slots=True)
class Key:
    """Hold what is known about a trait key: its cohort, where it first appeared, and in which order."""

    cohort_id: str
    first: Place
    order: int
    in_style: bool


@dataclass(slots=True)
class Sequence:
    """Fold a capture. `state` is what each user was told last, by user and trait key."""

    spelling: TraitKeyFormat
    state: dict[tuple[str, str], Told] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    _messages: dict[str, bytes] = field(default_factory=dict)
    _folded_ids: dict[str, str] = field(default_factory=dict)
    _sent: dict[str, str] = field(default_factory=dict)
    _batch: int = 0

    def see(self, events: list[dict[str, Any]], place: Place) -> Iterator[tuple[int, Violation]]:
        """Fold the events of one request, and yield what is wrong with the index of the event."""
        self._batch += 1
        typed = [{"type": "identify", **event} for event in events]
        all_deliverable = are_deliverable(typed)
        for index, event in enumerate(typed):
            if all_deliverable or is_deliverable(event):
                for violation in self._event(event, place):
                    yield index, violation

    def _event(self, event: dict[str, Any], place: Place) -> Iterator[Violation]:
        swallowed = False
        message_id = event.get("messageId")
        told = list(changes(event, self.spelling))
        if isinstance(message_id, str) and message_id:
            content = told[0].content if told else content_of(event)
            first = self._messages.setdefault(message_id, content)
            swallowed = first is not content
            if first != content:
                yield _broken("S704", "/messageId", f"{quote(message_id)}, which was another event's")
        yield from self._moments(event)
        for change in told:
            yield from self._identity(change)
            yield from self._key(change, place)
            if swallowed:
                yield from self._return(change)
                continue
            before = self.state.get((change.user, change.key))
            yield from _change(before, change, self._batch)
            self.state[change.user, change.key] = Told(
                change.is_member, change.timestamp, change.content, change.message_id, place, self._batch
            )

    def _return(self, change: Change) -> Iterator[Violation]:
        before = self.state.get((change.user, change.key))
        same_event = self._messages[change.message_id or ""] == change.content
        if same_event and before is not None and before.is_member is not change.is_member:
            found = f"{_word(change.is_member)} under {quote(change.message_id or '')} again"
            yield _broken("S705", change.pointer, found)

    def _key(self, change: Change, place: Place) -> Iterator[Violation]:
        if change.key in self.keys:
            return
        siblings = [name for name, key in self.keys.items() if key.cohort_id == change.cohort_id]
        self.keys[change.key] = Key(change.cohort_id, place, len(self.keys), change.in_style)
        if siblings:
            yield _broken("S706", change.pointer, f"{quote(change.key)} after {quote(siblings[-1])}")
        elif not change.in_style:
            yield _broken(
                "S707", change.pointer, f"the name {quote(change.key)}", f"a key spelt {quote(self.spelling.template)}"
            )

    def _identity(self, change: Change) -> Iterator[Violation]:
        folded = "".join(change.user.split()).casefold()
        first = self._folded_ids.setdefault(folded, change.user)
        if first != change.user and (change.user, change.key) not in self.state:
            yield _broken("S713", "/userId", f"{quote(change.user)} beside {quote(first)}")

    def _moments(self, event: dict[str, Any]) -> Iterator[Violation]:
        sent, happened = event.get("sentAt"), event.get("timestamp")
        if isinstance(sent, str) and isinstance(happened, str):
            first = self._sent.setdefault(sent, happened[:10])
            if first != happened[:10] and happened[:10] > sent[:10]:
                yield _broken("S714", "/sentAt", f"{quote(sent)}, on events of {first} and {happened[:10]}")


def _change(before: Told | None, change: Change, batch: int) -> Iterator[Violation]:
    """Yield what is wrong with telling a user this, after what they were told before."""
    where, value = change.pointer, _word(change.is_member)
    if before is None:
        if not change.is_member:
            yield _broken("S701", where, "false, and no true before it")
        return
    if before.is_member is change.is_member:
        yield _broken("S702", where, f"{value} again, after line {before.place.line}")
        resent = change.message_id is not None and before.message_id is not None and before.content == change.content
        if resent:
            yield _broken(
                "S703", "/messageId", f"{quote(change.message_id or '')}, after {quote(before.message_id or '')}"
            )
        return
    now, then = moment(change.timestamp), moment(before.timestamp)
    if now is None or then is None:
        together = batch == before.batch
    else:
        together = now == then
        if now < then:
            yield _broken("S709", where, f"{value} of {change.timestamp}, after {before.timestamp}")
    if together:
        yield _broken("S712", where, f"{value}, beside {_word(before.is_member)} on line {before.place.line}")


def _word(is_member: bool) -> str:
    return "true" if is_member else "false"


def _broken(code: str, where: str, found: str, expected: str | None = None) -> Violation:
    return Violation.of(rule(code), Observation(where, found, expected))
