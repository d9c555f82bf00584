"""Amplitude, as the engine sees it: find a cohort, ask for its export, wait, fetch the file.

amplitude facts 1.2: A (list), C (request), D (status), E (file, by itself or behind a signed address).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import quote, urljoin

import orjson

from syncer.errors import CohortUnavailable, CredentialsRefused, ExportFailed, WrongCall
from syncer.secret import Secret
from syncer.settings import Settings
from syncer.source.inflate import CutShort, inflate
from syncer.sync import Source
from syncer.telling import Means
from syncer.wire import Accept, Download, NoReply, Outcome, Reply, Retry, Tries, keep_trying, retry_after

REDIRECTS: Final = 5
FIRST_POLL: Final = 0.25


@dataclass(frozen=True, slots=True)
class Cohort:
    """Hold what a sync needs to know of a cohort."""

    id: str
    name: str
    is_archived: bool = False


class Amplitude:
    """Talk to one project. Every call is retried as the settings say; `on_retry` is told."""

    def __init__(
        self,
        source: Source,
        settings: Settings,
        means: Means,
        on_retry: Callable[[str, int, Retry], None] = lambda _what, _attempt, _retry: None,
    ) -> None:
        self._base = source.base_url
        self._settings = settings
        self._policy = settings.retry_policy
        self._transport = means.transport
        self._clock = means.clock
        self._chance = means.chance
        self._on_retry = on_retry
        self._key = Secret(source.secret_key)
        credentials = b64encode(f"{source.api_key}:{self._key.reveal()}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Accept": "application/json",
            "User-Agent": "cohortlab-sync/1.0",
        }

    def cohorts(self) -> list[Cohort]:
        """Return every cohort that the project lists."""
        answer = self._get("list its cohorts", "/api/3/cohorts").answer
        listed = answer.get("cohorts")
        if not isinstance(listed, list):
            raise ExportFailed("Amplitude's list of cohorts holds no list under 'cohorts'")
        return [
            Cohort(str(each["id"]), str(each.get("name") or ""), bool(each.get("archived")))
            for each in listed
            if isinstance(each, dict) and "id" in each
        ]

    def cohort(self, cohort_id: str) -> Cohort | None:
        """Return one cohort of the list, or None: the list costs nothing, asking for an export does."""
        return next((each for each in self.cohorts() if each.id == cohort_id), None)

    def request_export(self, cohort_id: str) -> str:
        """Ask for an export and return its request id."""
        path = f"/api/5/cohorts/request/{quote(cohort_id, safe='')}?props=0"
        answer = self._get(f"export cohort {cohort_id}", path).answer
        request_id = answer.get("request_id")
        if not isinstance(request_id, str) or not request_id:
            raise ExportFailed("Amplitude took the request for an export and gave it no request_id")
        if answer.get("cohort_id", cohort_id) != cohort_id:
            raise ExportFailed(f"Amplitude was asked for cohort {cohort_id} and exports {answer['cohort_id']}")
        return request_id

    def await_export(self, request_id: str) -> int:
        """Return when the export is ready, with the number of looks it took."""
        wait, waited, looks = min(FIRST_POLL, self._settings.poll_interval), 0.0, 0
        while True:
            looks += 1
            status = self._get("say how the export is", f"/api/5/cohorts/request-status/{quote(request_id, safe='')}")
            word = str(status.answer.get("async_status", ""))
            if "FAIL" in word or "ERROR" in word:
                raise ExportFailed(f"the export job {request_id} ended as {word!r}; run the sync again")
            if status.status == 200 and "PROGRESS" not in word:
                return looks
            if waited >= self._settings.poll_budget:
                raise ExportFailed(
                    f"the export job {request_id} was still {word or 'running'!r} after {waited:.0f} s; run the sync "
                    "again, or raise poll_budget"
                )
            self._clock.sleep(wait)
            waited += wait
            wait = min(wait * 1.5, self._settings.poll_interval)

    def download(self, request_id: str, receive: Callable[[Iterator[bytes]], int]) -> int:
        """Fetch the file and hand its bytes, inflated, to `receive`; return what that returns.

        Every try asks the file endpoint again, because a signed address is good for one minute (amplitude facts 1.2 E).
        `receive` is called once a try and must begin anew each time.
        """
        path = f"/api/5/cohorts/request/{quote(request_id, safe='')}/file"
        received = 0

        def attempt(_number: int) -> Outcome:
            nonlocal received
            try:
                with self._follow(self._base + path) as (download, is_signed):
                    if download.status != 200:
                        return self._refusal(download.status, download.headers, is_signed)
                    received = receive(_whole(download))
            except (NoReply, CutShort) as error:
                return Outcome(None, is_accepted=False, detail=str(error))
            return Outcome(200, is_accepted=True, detail="")

        tries = self._keep_trying("the export file", attempt)
        if not isinstance(tries.decision, Accept):
            self._complain("hand over the export file", tries.outcome)
        return received

    def _refusal(self, status: int, headers: Any, is_signed: bool) -> Outcome:
        asked = retry_after(headers, self._clock.now())
        if is_signed and status == 403:
            # The signed address expired: the next try gets a fresh one.
            return Outcome(
                None, is_accepted=False, detail="the signed address of the export had expired", retry_after=asked
            )
        return Outcome(status, is_accepted=False, detail=f"Amplitude answered {status}", retry_after=asked)

    @contextmanager
    def _follow(self, url: str) -> Iterator[tuple[Download, bool]]:
        """Open the file, over redirects; the keys go to Amplitude's own address and never to a redirect's."""
        headers = {**self._headers, "Accept": "*/*", "Accept-Encoding": "gzip"}
        for hops in range(REDIRECTS + 1):
            with self._transport.download(url, headers, self._settings.request_timeout) as download:
                if download.status not in {301, 302, 303, 307, 308}:
                    yield download, hops > 0
                    return
                location = download.headers.get("location")
                if not location:
                    raise ExportFailed(f"Amplitude answered {download.status} without saying where to go")
            url = urljoin(url, location)
            headers = {"Accept-Encoding": "gzip", "User-Agent": self._headers["User-Agent"]}
        raise ExportFailed(f"the export file is behind more than {REDIRECTS} redirects: a redirect loop")

    def _get(self, what: str, path: str) -> _Answer:
        """Return the JSON object that a path answers, or raise what the refusal means."""
        found: list[_Answer] = []

        def attempt(_number: int) -> Outcome:
            try:
                reply = self._transport.exchange(
                    "GET", self._base + path, self._headers, None, self._settings.request_timeout
                )
            except NoReply as error:
                return Outcome(None, is_accepted=False, detail=str(error))
            answer = _json_object(reply) if 200 <= reply.status < 300 else None
            if answer is not None:
                found.append(_Answer(reply.status, answer))
                return Outcome(reply.status, is_accepted=True, detail="")
            asked = retry_after(reply.headers, self._clock.now())
            return Outcome(reply.status, is_accepted=False, detail=self._key.scrub(_detail(reply)), retry_after=asked)

        tries = self._keep_trying(what, attempt)
        if not found:
            self._complain(what, tries.outcome)
        return found[-1]

    def _keep_trying(self, what: str, attempt: Callable[[int], Outcome]) -> Tries:
        def on_retry(number: int, retry: Retry) -> None:
            self._on_retry(what, number, retry)

        return keep_trying(attempt, self._policy, self._clock, on_retry=on_retry, chance=self._chance)

    def _complain(self, what: str, outcome: Outcome) -> NoReturn:
        said = f"Amplitude would not {what}: {outcome.detail}"
        if outcome.status in {401, 403}:
            raise CredentialsRefused(f"{said}; check the API key, the secret key and the region")
        if outcome.status == 404:
            raise CohortUnavailable(f"{said}; the cohort or its export does not exist, check the id")
        if outcome.status in {400, 413}:
            raise WrongCall(said)
        raise ExportFailed(f"{said}; run the sync again")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    answer: dict[str, Any]


def _whole(download: Download) -> Iterator[bytes]:
    """Yield the file inflated; raise `CutShort` when nothing but a line's missing end could tell that it is cut."""
    last = b"\n"
    sent_as_gzip = False

    def noticing() -> Iterator[bytes]:
        nonlocal sent_as_gzip
        is_first = True
        for chunk in download.chunks:
            if is_first and chunk:
                sent_as_gzip, is_first = chunk[:1] == b"\x1f", False
            yield chunk

    for piece in inflate(noticing()):
        last = piece[-1:]
        yield piece
    if last != b"\n" and not (download.is_framed or sent_as_gzip):
        raise CutShort("the export ends in the middle of a line, and nothing says how long it should be")


def _json_object(reply: Reply) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _detail(reply: Reply) -> str:
    """Say what Amplitude said, in either of its error envelopes (amplitude facts 1.4)."""
    error = (_json_object(reply) or {}).get("error")
    said: object = error
    if isinstance(error, dict):
        metadata = error.get("metadata")
        details = metadata.get("details") if isinstance(metadata, dict) else None
        said = details or error.get("message") or error.get("error")
    if not said and 200 <= reply.status < 300:
        said = "not the JSON it should be"
    text = " ".join(str(said).split())[:160] if said else ""
    return f"it answered {reply.status}" + (f" ({text})" if text else "")
