"""A recorded program: the calls that it made, made again, so that its profiles can be seen without it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

import requests

from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab
from scenarios.subjects.calls import lines_of
from scenarios.subjects.order import SyncOrder, SyncResult

_LONGEST = 120.0  # seconds: a reply that comes later than this is one that was not waited for


class RecordedSubject:
    """The program of a file, one sync of it for each that the scenario asks for, in order."""

    def __init__(self, lab: Lab, file: Path) -> None:
        self._lab = lab
        self._session = lab.session()
        self._lines = lines_of(file)
        self._next: dict[str, Any] | None = next(self._lines, None)
        self._requests: dict[str, str] = {}  # what the program was given -> what this lab gave
        self._files: list[str] = []  # the addresses of stored files, the last one handed out last

    def sync(self, order: SyncOrder) -> SyncResult:
        """Make the calls of the next sync again, each as long after its beginning as it was."""
        if self._next is None:
            return SyncResult(order.cohort_id, succeeded=False, reason="the recording has no more syncs")
        told, self._next = self._next, None
        began = self._lab.clock.now()
        for line in self._lines:
            if "sync" in line:
                self._next = line
                break
            wait = began + line["after"] - self._lab.clock.now()
            if wait > 0:
                self._lab.clock.sleep(wait)
            self._call(line)
        ended = told["ended"]
        return SyncResult(
            order.cohort_id, succeeded=ended == "succeeded", reason=told["reason"], was_killed=ended == "killed"
        )

    def _call(self, line: Mapping[str, Any]) -> None:
        headers = dict(line["headers"])
        auth = None
        if line["on"] == "segment":
            url = SEGMENT_URL + line["path"]
            auth = (line["write_key"], "") if line.get("authorized") and line.get("write_key") else None
        else:
            path = "/".join(self._requests.get(part, part) for part in line["path"].split("/"))
            is_stored = not path.startswith(("/api/", "/sdk/", "/2/", "/batch", "/identify", "/groupidentify"))
            url = self._files[-1] if is_stored and self._files else AMPLITUDE_URL + path
            auth = None if is_stored else (API_KEY, SECRET_KEY)
            line = {**line, "query": ""} if is_stored else line
        body = line["text"].encode() if "text" in line else base64.b64decode(line.get("base64", ""))
        try:
            answer = self._session.request(
                line["method"],
                f"{url}?{line['query']}" if line["query"] else url,
                headers=headers,
                data=body or None,
                auth=auth,
                timeout=_LONGEST,
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException:  # trouble that the program met as well
            return
        with answer:
            self._remember(line, answer)

    def _remember(self, line: Mapping[str, Any], answer: requests.Response) -> None:
        if "request" in line:
            try:
                given = answer.json().get("request_id")
            except (ValueError, AttributeError, requests.RequestException):
                return
            if isinstance(given, str):
                self._requests[line["request"]] = given
        elif answer.is_redirect:
            self._files.append(urljoin(answer.url, answer.headers["Location"]))

    def restart(self) -> None:
        """Do nothing: what the program did after it was restarted is recorded."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
