"""Amplitude, as the engine sees it: find a cohort, ask for its export, wait, fetch the file.

amplitude facts 1.2: A (list), C (request), D (status), E (file, by itself or behind a signed address).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import quote

import orjson

from contracts.foreign import cut
from syncer.errors import CohortUnavailable, CredentialsRefused, ExportFailed, WrongCall
from syncer.secret import Secret
from syncer.settings import Settings
from syncer.source.file import NoFile, Whole, follow
from syncer.sync import Source
from syncer.telling import Means
from syncer.wire import (
    Accept,
    CutShort,
    NoAddress,
    NoReply,
    Outcome,
    Reply,
    Retry,
    Tries,
    keep_trying,
    place,
    retry_after,
)

FIRST_POLL: Final = 0.25
LONGEST_ID: Final = 200
"""Characters of a request id that is taken for one; Amplitude's have six (amplitude facts 1.2 C)."""

ELSEWHERE: Final = "check the base URL"
"""What to do when whoever answers, or nobody, is not Amplitude."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Hold what a sync needs to know of a cohort; `size` is None for one that was never computed."""

    id: str
    name: str
    is_archived: bool = False
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """Say how many bytes an export has, inflated, and whether it is certain that these are all."""

    size: int
    is_certain: bool


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
        self._keys = {"Authorization": f"Basic {credentials}"}
        self._headers = {"User-Agent": "cohortlab-sync/1.0"}

    def cohorts(self) -> list[Cohort]:
        """Return every cohort that the project lists."""
        answer = self._get("list its cohorts", "/api/3/cohorts").answer
        listed = answer.get("cohorts")
        if not isinstance(listed, list):
            raise ExportFailed("Amplitude's list of cohorts holds no list under 'cohorts'")
        return [cohort for cohort in map(_cohort, listed) if cohort is not None]

    def cohort(self, cohort_id: str) -> Cohort | None:
        """Return one cohort of the list, or None: the list costs nothing, asking for an export does."""
        return next((each for each in self.cohorts() if each.id == cohort_id), None)

    def request_export(self, cohort_id: str) -> str:
        """Ask for an export and return its request id."""
        path = f"/api/5/cohorts/request/{quote(cohort_id, safe='')}?props=0"
        answer = self._get(f"export cohort {cohort_id}", path).answer
        request_id = answer.get("request_id")
        if not isinstance(request_id, str) or not 0 < len(request_id) <= LONGEST_ID:
            raise ExportFailed("Amplitude took the request for an export and gave it no request_id")
        if (exported := answer.get("cohort_id", cohort_id)) != cohort_id:
            raise ExportFailed(f"Amplitude was asked for cohort {cohort_id} and exports {cut(str(exported), 80)}")
        return request_id

    def await_export(self, request_id: str) -> int:
        """Return when the export is ready, with the number of looks it took."""
        wait, waited, looks = min(FIRST_POLL, self._settings.poll_interval), 0.0, 0
        while True:
            looks += 1
            status = self._get("say how the export is", f"/api/5/cohorts/request-status/{quote(request_id, safe='')}")
            word = cut(str(status.answer.get("async_status", "")), 80)
            if "FAIL" in word or "ERROR" in word:
                raise ExportFailed(f"the export job {cut(request_id, 80)} ended as {word!r}; run the sync again")
            if status.status == 200 and "PROGRESS" not in word:
                return looks
            if waited >= self._settings.poll_budget:
                raise ExportFailed(
                    f"the export job {cut(request_id, 80)} was still {word or 'running'!r} after {waited:.0f} s; "
                    "run the sync again, or raise poll_budget"
                )
            self._clock.sleep(wait)
            waited += wait
            wait = min(wait * 1.5, self._settings.poll_interval)

    def download(self, request_id: str, receive: Callable[[Iterable[bytes]], int]) -> Fetched:
        """Fetch the file and hand its bytes, inflated, to `receive`, which returns how many there were.

        Every try asks the file endpoint again, because a signed address is good for one minute (amplitude facts 1.2 E).
        `receive` is called once a try and must begin anew each time.
        """
        url = f"{self._base}/api/5/cohorts/request/{quote(request_id, safe='')}/file"
        headers = {**self._headers, "Accept": "*/*", "Accept-Encoding": "gzip"}
        timeout, most = self._settings.request_timeout, self._settings.export_bytes
        fetched: list[Fetched] = []

        def attempt(_number: int) -> Outcome:
            try:
                with follow(self._transport, url, self._keys, headers, timeout) as (download, is_signed):
                    if download.status != 200:
                        return self._refusal(download.status, download.headers, is_signed=is_signed)
                    whole = Whole(download, most)
                    size = receive(whole)
                    fetched.append(Fetched(size, whole.is_certain))
            except (NoReply, CutShort) as error:
                return Outcome(None, is_accepted=False, detail=str(error))
            except NoFile as error:
                return Outcome(None, is_accepted=False, detail=str(error), is_final=True)
            except NoAddress as error:
                return Outcome(None, is_accepted=False, detail=f"{error}; {ELSEWHERE}", is_final=True)
            return Outcome(200, is_accepted=True, detail="")

        tries = self._keep_trying("the export file", attempt)
        if not isinstance(tries.decision, Accept):
            self._complain("hand over the export file", tries.outcome)
        return fetched[-1]

    def _refusal(self, status: int, headers: Mapping[str, str], *, is_signed: bool) -> Outcome:
        asked = retry_after(headers, self._clock.now())
        if is_signed and status in {401, 403}:
            # The signed address expired: the next try gets a fresh one. Our keys it never saw.
            said = "the signed address of the export had expired"
            return Outcome(None, is_accepted=False, detail=said, retry_after=asked)
        return Outcome(status, is_accepted=False, detail=f"it answered {status}", retry_after=asked)

    def _get(self, what: str, path: str) -> _Answer:
        """Return the JSON object that a path answers, or raise what the refusal means."""
        found: list[_Answer] = []

        headers = {**self._headers, **self._keys, "Accept": "application/json"}

        def attempt(_number: int) -> Outcome:
            try:
                url, timeout = self._base + path, self._settings.request_timeout
                reply = self._transport.exchange("GET", url, headers, None, timeout)
            except NoReply as error:
                return Outcome(None, is_accepted=False, detail=str(error))
            except NoAddress as error:
                return Outcome(None, is_accepted=False, detail=f"{error}; {ELSEWHERE}", is_final=True)
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
        if outcome.is_final:
            raise ExportFailed(said)
        is_elsewhere = outcome.status is not None and 300 <= outcome.status < 400
        raise ExportFailed(f"{said}; {ELSEWHERE if is_elsewhere else 'run the sync again'}")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    answer: dict[str, Any]


def _cohort(listed: object) -> Cohort | None:
    """Read one entry of the list; None for what is no cohort. A name that is no text is none that could be told."""
    if not isinstance(listed, dict) or isinstance(cohort_id := listed.get("id"), bool):
        return None
    if not isinstance(cohort_id, str | int):
        return None
    name, size = listed.get("name"), listed.get("size")
    return Cohort(
        str(cohort_id),
        name if isinstance(name, str) else "",
        listed.get("archived") is True,
        size if isinstance(size, int) and not isinstance(size, bool) else None,
    )


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
    if 200 <= reply.status < 300 and not said:
        said = "not the JSON it should be"
    elif 300 <= reply.status < 400:
        to = place(reply.headers.get("location", ""))
        said = f"it sends on to {to}" if to else ""
    text = cut(" ".join(str(said).split()), 160) if said else ""
    return f"it answered {reply.status}" + (f" ({text})" if text else "")
