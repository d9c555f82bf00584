"""Bugs to plant in our engine, by a transport that misbehaves between it and the fakes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from syncer import Transport
from syncer.wire import Download, Reply


class Misbehaving:
    """Passes everything on; a bug changes what is sent to Segment or what is heard of it."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        if "/v1/" not in url or body is None:
            return self._inner.exchange(method, url, headers, body, timeout)
        headers = dict(headers)
        plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        payload = orjson.loads(plain)
        self.change(payload)
        changed = orjson.dumps(payload)
        headers = {name: value for name, value in headers.items() if name.lower() != "content-encoding"}
        if not payload["batch"]:
            return Reply(200, {}, b'{"success": true}')
        return self.hear(self._inner.exchange(method, url, headers, changed, timeout))

    @contextmanager
    def download(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Download]:
        with self._inner.download(url, headers, timeout) as download:
            yield download

    def change(self, payload: dict[str, Any]) -> None:
        """Change what is sent."""

    def hear(self, reply: Reply) -> Reply:
        """Change what is heard."""
        return reply


class ForgetsLeaves(Misbehaving):
    def change(self, payload: dict[str, Any]) -> None:
        payload["batch"] = [event for event in payload["batch"] if False not in event["traits"].values()]


class TakesBusyForDone(Misbehaving):
    def hear(self, reply: Reply) -> Reply:
        return Reply(200, {}, b'{"success": true}') if reply.status in {429, 503} else reply


class TrimsIds(Misbehaving):
    def change(self, payload: dict[str, Any]) -> None:
        for event in payload["batch"]:
            event["userId"] = event["userId"].strip()


class NewMessageIdEachTime(Misbehaving):
    count = 0

    def change(self, payload: dict[str, Any]) -> None:
        for event in payload["batch"]:
            NewMessageIdEachTime.count += 1
            event["messageId"] += f"-{NewMessageIdEachTime.count}"


BUGS = (ForgetsLeaves, TakesBusyForDone, TrimsIds, NewMessageIdEachTime)
