"""Mutants without patience or manners: they give up too soon, come back too early, ask too often, or tell too much."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import NAMESPACE_OID, uuid5

import requests

from scenarios.lab import SECRET_KEY, SEGMENT_URL
from scenarios.mutants.small_sync import Event, GaveUp, SmallSync


class ForgetsAFullLastBatch(SmallSync):
    """Sends what is left over after full batches, and thinks that nothing is when the last one was full."""

    def batches(self, events: list[Event]) -> Iterator[list[Event]]:
        whole = list(super().batches(events))
        yield from whole[:-1] if whole and len(whole[-1]) == self.most_events else whole


class FillsAQueue(SmallSync):
    """Hands its events to a queue that holds 10,000, and does not look whether they went in."""

    def events(self, changes: list[tuple[str, bool]], trait_key: str) -> list[Event]:
        return super().events(changes[:10_000], trait_key)


class NeedsARetryAfter(SmallSync):
    """Falls over a 429 that does not say when to come back."""

    def asked_to_wait(self, reply: requests.Response) -> float | None:
        return float(reply.headers["Retry-After"]) if reply.status_code == 429 else super().asked_to_wait(reply)


class WaitsAt429Only(SmallSync):
    """Looks for Retry-After at a 429 and nowhere else."""

    def asked_to_wait(self, reply: requests.Response) -> float | None:
        return super().asked_to_wait(reply) if reply.status_code == 429 else None


class TriesAgainAtOnce(SmallSync):
    """Makes all its attempts within a second."""

    def pause(self, attempt: int, reply: requests.Response | None = None) -> None:
        del attempt
        asked = self.asked_to_wait(reply) if reply is not None else None
        self.clock.sleep(0.1 if asked is None else asked)


class TriesTwice(SmallSync):
    """Gives up after two more attempts."""

    retries: ClassVar[int] = 2


class KnowsNo504(SmallSync):
    """Has a list of statuses to try again, and a gateway's time-out is not on it."""

    def is_transient(self, status: int) -> bool:
        return status in {200, 408, 410, 429, 460, 500, 502, 503}


class KnowsNo408(SmallSync):
    """Takes every status from 400 to 499 but 429 for a refusal."""

    def is_transient(self, status: int) -> bool:
        return status in {200, 429} or status >= 500


class LooksAtTheFirstAnswer(SmallSync):
    """Checks the answer to its first batch and trusts it for all the others."""

    def deliver(self, events: list[Event]) -> None:
        for number, batch in enumerate(self.batches(events)):
            if number == 0:
                self.send(batch)
            else:
                self.post(batch, 0)


class AsksForNamesTwiceAnHour(SmallSync):
    """Keeps the list of cohorts for half an hour."""

    memory: ClassVar[dict[str, Any]]

    def cohort_name(self) -> str:
        kept = self.order.state_dir / f"name-{self.cohort_id}"
        if kept.exists():
            asked_at, _, name = kept.read_text().partition(" ")
            if self.clock.now() - float(asked_at) < 1800:
                return name
        name = super().cohort_name()
        kept.write_text(f"{self.clock.now()} {name}")
        return name


class ExportsTwice(SmallSync):
    """Asks for every export twice, to be sure."""

    def export(self) -> bytes:
        super().export()
        return super().export()


class HammersAmplitude(SmallSync):
    """Asks a throttled Amplitude again and again, without a pause."""

    retries: ClassVar[int] = 40

    def get(self, url: str, headers: dict[str, str]) -> requests.Response:
        for _ in range(self.retries + 1):
            reply = self.session.get(url, headers=headers, timeout=self.timeout, allow_redirects=False)
            if reply.status_code not in {408, 429} and reply.status_code < 500:
                return reply
        raise GaveUp(f"{url} could not be read")


class TakesARefusalForNobody(SmallSync):
    """Logs that Amplitude refused its keys, and ends well."""

    forgives: ClassVar[str] = "answered 403"

    def run(self) -> None:
        try:
            super().run()
        except GaveUp as error:
            if self.forgives not in str(error):
                raise


class TakesAUsedUpQuotaForDone(TakesARefusalForNobody):
    """Ends well when Amplitude lets it have no more exports."""

    forgives: ClassVar[str] = "/request/"


class RemembersAfterTheFirstBatch(SmallSync):
    """Keeps the new members once the first batch was taken."""

    def run(self) -> None:
        name = self.cohort_name()
        now = self.sendable(self.read(self.export()))
        for batch in self.batches(self.events(self.changes(self.recall(), now), self.trait_key(name))):
            self.send(batch)
            self.remember(now)


class StampsSeconds(SmallSync):
    """Writes timestamps as a number of seconds."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        return super().event(user_id, member, trait_key) | {"timestamp": round(self.clock.now())}


class StampsWithoutZone(SmallSync):
    """Writes timestamps without a zone, as a naive datetime prints."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        now = datetime.fromtimestamp(self.clock.now(), UTC).replace(tzinfo=None)
        return super().event(user_id, member, trait_key) | {"timestamp": now.isoformat()}


class StampsNextYear(SmallSync):
    """Writes timestamps a year ahead."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        now = datetime.fromtimestamp(self.clock.now() + 365 * 86_400, UTC)
        return super().event(user_id, member, trait_key) | {"timestamp": now.isoformat()}


class SaysItWasSentLongAgo(SmallSync):
    """Has a constant for sentAt, so that Segment moves every timestamp by years."""

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        now = datetime.fromtimestamp(self.clock.now(), UTC).isoformat()
        body = {"sentAt": "2020-01-01T00:00:00Z", "batch": [{**event, "timestamp": now} for event in batch]}
        return self.session.post(
            f"{SEGMENT_URL}/v1/batch", json=body, auth=(self.order.write_key, ""), timeout=self.timeout
        )


class GivesEverybodyOneAnonymousId(SmallSync):
    """Sends one anonymousId beside every user id, and Segment takes all of them for one person."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        return super().event(user_id, member, trait_key) | {"anonymousId": "amplitude-sync"}


class KeepsEventsFromDestinations(SmallSync):
    """Switches every destination off in `integrations`."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        return super().event(user_id, member, trait_key) | {"integrations": {"All": False}}


class WritesTheKeyIntoTheAddress(SmallSync):
    """Puts the write key into the URL, where every log on the way keeps it."""

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        key = self.order.write_key
        address = f"{SEGMENT_URL}/v1/batch?writeKey={key}"
        return self.session.post(address, json={"batch": batch, "writeKey": key}, timeout=self.timeout)


class PrintsItsSecrets(SmallSync):
    """Prints its configuration when it starts, keys and all."""

    def run(self) -> None:
        self.printed = f"starting with secret {SECRET_KEY}\n"
        super().run()


class WaitsASecondForAnAnswer(SmallSync):
    """Has a time-out of a second."""

    timeout: ClassVar[float] = 1.0


class DatesChangesByTheCohort(SmallSync):
    """Gives every change the time at which the cohort was made."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        _, listed = self.api_json("/api/3/cohorts")
        (made,) = [each["createdAt"] for each in listed["cohorts"] if each["id"] == self.cohort_id]
        return super().event(user_id, member, trait_key) | {"timestamp": datetime.fromtimestamp(made, UTC).isoformat()}


class ForgetsAFullLastBatchOfTwoThousand(ForgetsAFullLastBatch):
    """The same, with larger batches."""

    most_events: ClassVar[int] = 2_000


class PrintsItsHeaders(SmallSync):
    """Prints the headers of what Segment refused, with the key in Base64."""

    def is_taken(self, reply: requests.Response) -> bool:
        if reply.status_code >= 400:
            self.printed += f"{reply.request.headers}\n"
        return super().is_taken(reply)


class NamesMessagesByTheHour(SmallSync):
    """Makes the messageId of the hour, so that who returns within one is a repetition."""

    def message_id(self, user_id: str, member: bool) -> str:
        return f"{self.cohort_id}-{uuid5(NAMESPACE_OID, user_id)}-{member}-{self.clock.now() // 3600:.0f}"
