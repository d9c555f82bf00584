"""Mutants in delivery: batches too large, retries that lose, double or hammer."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import ClassVar

import requests

from scenarios.lab import SEGMENT_URL
from scenarios.mutants.small_sync import Event, GaveUp, SmallSync


class IgnoresRetryAfter(SmallSync):
    """Waits a second after a 429, whatever Retry-After says."""

    def asked_to_wait(self, reply: requests.Response) -> float | None:
        del reply
        return 1.0


class ReadsRetryAfterAsMilliseconds(SmallSync):
    """Takes the seconds of Retry-After for milliseconds."""

    def asked_to_wait(self, reply: requests.Response) -> float | None:
        asked = super().asked_to_wait(reply)
        return None if asked is None else asked / 1000


class TripsOverADate(SmallSync):
    """Knows Retry-After in seconds only, and falls over a date."""

    def asked_to_wait(self, reply: requests.Response) -> float | None:
        value = reply.headers.get("Retry-After")
        return float(value) if value else None


class GivesUpOn429(SmallSync):
    """Takes a 429 for a refusal."""

    def is_transient(self, status: int) -> bool:
        return status != 429 and super().is_transient(status)


class GivesUpOn503(SmallSync):
    """Takes a 503 for a refusal."""

    def is_transient(self, status: int) -> bool:
        return status < 500 and super().is_transient(status)


class NeverRetries(SmallSync):
    """Makes one attempt and fails when that one does."""

    retries: ClassVar[int] = 0


class DropsTheBatchOn503(SmallSync):
    """Goes on after a 503 as if the batch had been taken."""

    def is_taken(self, reply: requests.Response) -> bool:
        return reply.status_code == 503 or super().is_taken(reply)


class DropsTheBatchOn429(SmallSync):
    """Goes on after a 429 as if the batch had been taken."""

    def is_taken(self, reply: requests.Response) -> bool:
        return reply.status_code == 429 or super().is_taken(reply)


class DropsTheBatchOn400(SmallSync):
    """Logs a 400 and goes on as if the batch had been taken."""

    def refused(self, status: int) -> None:
        del status


class DropsWhatItCannotDeliver(SmallSync):
    """When the retries are used up, goes on and says that it succeeded."""

    def exhausted(self) -> None:
        pass


class TakesALostConnectionForSuccess(SmallSync):
    """Takes a connection that broke for a batch that arrived."""

    def send(self, batch: list[Event]) -> None:
        try:
            reply = self.post(batch, 0)
        except requests.ConnectionError:
            return
        if not self.is_taken(reply):
            super().send(batch)


class RetriesA400AFewTimes(SmallSync):
    """Takes a 400 for trouble that passes, tries the batch twice more, and says that it failed."""

    refusals = 0

    def is_transient(self, status: int) -> bool:
        self.refusals += status == 400
        return (status == 400 and self.refusals < 3) or super().is_transient(status)


class RetriesA400ForEver(SmallSync):
    """Tries a batch again that is refused for good."""

    def is_transient(self, status: int) -> bool:
        return status == 400 or super().is_transient(status)

    retries: ClassVar[int] = 10**6

    def pause(self, attempt: int, reply: requests.Response | None = None) -> None:
        super().pause(min(attempt, 5), reply)


class NewMessageIdPerAttempt(SmallSync):
    """Makes a new messageId at every attempt, so that a batch that was stored is stored again."""

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        return super().post([{**event, "messageId": uuid.uuid4().hex} for event in batch], attempt)


class NoMessageId(SmallSync):
    """Sends no messageId, so that Segment makes one at every attempt."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        del event["messageId"]
        return event


class SameMessageIdForEver(SmallSync):
    """Makes the messageId of user and value alone, so that a return is swallowed."""

    def message_id(self, user_id: str, member: bool) -> str:
        return f"{user_id}|{member}"


class MessageIdWithoutCohort(SmallSync):
    """Makes the messageId of user, value and time, so that two cohorts at one moment swallow one another."""

    def message_id(self, user_id: str, member: bool) -> str:
        return f"{user_id}|{member}|{self.clock.now() // 3600}"


class MessageIdOfTheBatch(SmallSync):
    """Gives every event of a batch the same messageId."""

    def message_id(self, user_id: str, member: bool) -> str:
        del user_id
        return f"{self.cohort_id}|{member}|{self.clock.now()}"


class OneGreatBatch(SmallSync):
    """Sends all changes in one batch, however many."""

    most_events: ClassVar[int] = 10**9
    most_bytes: ClassVar[int] = 10**9


class MoreThan2500Events(SmallSync):
    """Minds the bytes of a batch and not the number of events."""

    most_events: ClassVar[int] = 10**9


class MoreThan500KB(SmallSync):
    """Minds the number of events and not the bytes."""

    most_events: ClassVar[int] = 2_500
    most_bytes: ClassVar[int] = 10**9


class CountsCharactersNotBytes(SmallSync):
    """Measures a batch in characters, where Segment counts bytes."""

    most_events: ClassVar[int] = 2_500

    def length(self, event: Event) -> int:
        return len(json.dumps(event, ensure_ascii=False))

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        body = json.dumps({"batch": batch}, ensure_ascii=False).encode()
        auth = (self.order.write_key, "")
        return self.session.post(f"{SEGMENT_URL}/v1/batch", data=body, auth=auth, timeout=self.timeout)


class ForgetsTheLastBatch(SmallSync):
    """Sends a batch when it is full, and forgets the rest once there was a full one."""

    def batches(self, events: list[Event]) -> Iterator[list[Event]]:
        found = list(super().batches(events))
        yield from found[:-1] or found


class SendsAnEmptyBatch(SmallSync):
    """Sends a batch even when nothing changed."""

    def deliver(self, events: list[Event]) -> None:
        if not events:
            self.send([])
        super().deliver(events)


class SendsWithoutAKey(SmallSync):
    """Hard-codes the write key of another environment."""

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        body = {"batch": batch, "writeKey": "staging-key-of-last-year"}
        return self.session.post(f"{SEGMENT_URL}/v1/batch", json=body, timeout=self.timeout)


class LeaksTheKeyIntoTheEvents(SmallSync):
    """Sends every event with a second trait that nobody asked for."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        event["traits"]["last_synced_cohort"] = self.cohort_id
        return event


class RetriesOutOfOrder(SmallSync):
    """Puts a refused batch at the end, and tells it when a newer run has told otherwise."""

    def send(self, batch: list[Event]) -> None:
        kept = self.file.with_suffix(".later")
        self.order.state_dir.mkdir(parents=True, exist_ok=True)
        later = json.loads(kept.read_text()) if kept.exists() else []
        kept.unlink(missing_ok=True)
        reply = None
        with contextlib.suppress(requests.RequestException):
            reply = self.post(batch, 0)
        if reply is None or not self.is_taken(reply):
            kept.write_text(json.dumps(batch))
        if later:
            super().send(later)


class SwallowsItsErrors(SmallSync):
    """Exits with status 0 whatever happened."""

    def run(self) -> None:
        with contextlib.suppress(GaveUp):
            super().run()
