"""Contracts over a sequence: what a capture, in order, tells each user, and whether that can be right.

A fold over events as Segment would keep them: what is discarded tells nobody anything, and a repeated `messageId`
is dropped for as long as deduplication remembers it. Memory grows with the users and messages of the capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final, NamedTuple

from contracts.catalogue import rule
from contracts.delivery import are_deliverable, is_deliverable
from contracts.explain import quote
from contracts.moments import moment
from contracts.rule import Observation, Violation
from contracts.sequences.changes import Change, changes, content_of
from contracts.trait_key import TraitKeyFormat

_HOUR: Final = 3600
_WINDOW: Final = 24 * _HOUR
"""Seconds for which a messageId is surely remembered (segment facts 1.9 [doc]: at least 24 hours)."""
_SECONDS: Final = 40
"""Bits of a remembered message that hold when it was first sent; the others are its content."""


class Place(NamedTuple):
    """Say where in the input something stands; line 0 is the input as a whole."""

    file: str
    line: int
    column: int = 1


class Told(NamedTuple):
    """Hold the last thing that a user was told about a trait, null among them, and where.

    `content` is None for an event without a messageId. A place is one request, so the same place is the same batch.
    """

    is_member: bool | None
    timestamp: str | None
    content: int | None
    place: Place


@dataclass(slots=True)
class Key:
    """Hold what is known about a trait key: its cohort, where it first appeared, and in which order.

    `told` is what each user was told last.
    """

    cohort_id: str
    first: Place
    order: int
    in_style: bool
    told: dict[str, Told] = field(default_factory=dict)


@dataclass(slots=True)
class Sequence:
    """Fold a capture, by trait key."""

    spelling: TraitKeyFormat
    keys: dict[str, Key] = field(default_factory=dict)
    _messages: dict[int, int] = field(
        default_factory=dict
    )  # by hash of the messageId: content and seconds, see _SECONDS
    _odd_ids: dict[str, str] = field(default_factory=dict)  # ids that are not in lower case without space, by what is
    _sent: dict[int, str] = field(default_factory=dict)  # by hash of `sentAt`: the first day
    _now: int = 0
    _read: tuple[str, int] = ("", 0)
    _timestamp: str | None = None

    def see(self, events: list[dict[str, Any]], place: Place) -> Iterator[tuple[int, Violation]]:
        """Fold the events of one request, and yield what is wrong with the index of the event."""
        typed = [{"type": "identify", **event} for event in events]
        all_deliverable = are_deliverable(typed)
        for index, event in enumerate(typed):
            if all_deliverable or is_deliverable(event):
                for violation in self._event(event, place):
                    yield index, violation

    def told(self, user: str, key: str) -> Told | None:
        """Return what a user was told last about a trait."""
        known = self.keys.get(key)
        return known.told.get(user) if known is not None else None

    def _event(self, event: dict[str, Any], place: Place) -> Iterator[Violation]:
        told = list(changes(event, self.spelling))
        message_id = event.get("messageId")
        swallowed = late = False
        self._tick(event)
        if isinstance(message_id, str) and message_id:
            content = told[0].content if told else content_of(event)
            before = self._messages.get(hash(message_id))
            since = 0 if before is None else before % (1 << _SECONDS)
            age = self._now - since if since else 0  # not known of an event without a moment
            same = before is not None and before >> _SECONDS == content
            swallowed = before is not None and age <= _WINDOW
            late = same and not swallowed
            if not swallowed:
                self._messages[hash(message_id)] = content << _SECONDS | self._now
            elif not same:
                yield _broken("S704", "/messageId", f"{quote(message_id)}, which was another event's")
            if late:
                yield _broken("S716", "/messageId", f"{quote(message_id)} again, after {age // _HOUR} hours")
        yield from self._moments(event)
        for change in told:
            known = self.keys.get(change.key)
            if known is None and change.is_member is None:
                continue  # null says nothing about a trait that nobody ever had
            yield from self._identity(change)
            yield from self._key(change, place)
            last = self.told(change.user, change.key)
            if swallowed:
                if same and last is not None and last.is_member is not change.is_member:
                    found = f"{_word(change.is_member)} under {quote(change.message_id or '')} again"
                    yield _broken("S705", change.pointer, found)
                continue
            if not (late and last is not None and last.is_member is change.is_member):
                yield from _change(last, change, place)
            if last is not None or change.is_member is not None:
                self.keys[change.key].told[change.user] = self._as_told(change, place)

    def _as_told(self, change: Change, place: Place) -> Told:
        if self._timestamp != change.timestamp:  # of a run they are often equal: one of them is kept
            self._timestamp = change.timestamp
        return Told(change.is_member, self._timestamp, change.content if change.message_id is not None else None, place)

    def _tick(self, event: dict[str, Any]) -> None:
        """Move the capture's clock: when an event came, or was sent, or at least happened."""
        for name in ("receivedAt", "sentAt", "timestamp"):
            text = event.get(name)
            if isinstance(text, str):
                if text != self._read[0]:
                    read = moment(text)
                    self._read = (text, max(0, int(read.timestamp())) if read is not None else 0)
                if self._read[1]:
                    self._now = self._read[1] if name != "timestamp" else max(self._now, self._read[1])
                    return

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
        if self.told(change.user, change.key) is not None:
            return
        folded = "".join(change.user.split()).casefold()
        if folded == change.user:
            first = self._odd_ids.get(folded)
        elif any(folded in key.told for key in self.keys.values()):
            first = folded
        else:
            first = self._odd_ids.setdefault(folded, change.user)
        if first is not None and first != change.user:
            yield _broken("S713", "/userId", f"{quote(change.user)} beside {quote(first)}")

    def _moments(self, event: dict[str, Any]) -> Iterator[Violation]:
        sent, happened = event.get("sentAt"), event.get("timestamp")
        if isinstance(sent, str) and isinstance(happened, str):
            first = self._sent.setdefault(hash(sent), intern(happened[:10]))
            if first != happened[:10] and happened[:10] > sent[:10]:
                yield _broken("S714", "/sentAt", f"{quote(sent)}, on events of {first} and {happened[:10]}")


def _change(before: Told | None, change: Change, place: Place) -> Iterator[Violation]:
    """Yield what is wrong with telling a user this, after what they were told before."""
    where, value = change.pointer, _word(change.is_member)
    if before is None:
        if change.is_member is False:
            yield _broken("S701", where, "false, and no true before it")
        return
    if change.is_member is None:
        if before.is_member:
            yield _broken("S715", where, f"null, after true on line {before.place.line}")
        return
    if before.is_member is None:
        return
    if before.is_member is change.is_member:
        yield _broken("S702", where, f"{value} again, after line {before.place.line}")
        if change.message_id is not None and before.content == change.content:
            yield _broken(
                "S703", "/messageId", f"{quote(change.message_id)}, after another on line {before.place.line}"
            )
        return
    now, then = moment(change.timestamp), moment(before.timestamp)
    if now is None or then is None:
        together = place == before.place
    else:
        together = now == then
        if now < then:
            yield _broken("S709", where, f"{value} of {change.timestamp}, after {before.timestamp}")
    if together:
        yield _broken("S712", where, f"{value}, beside {_word(before.is_member)} on line {before.place.line}")


def _word(is_member: bool | None) -> str:
    return "null" if is_member is None else "true" if is_member else "false"


def _broken(code: str, where: str, found: str, expected: str | None = None) -> Violation:
    return Violation.of(rule(code), Observation(where, found, expected))
