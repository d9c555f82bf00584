"""The Segment fake and its Flask application."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import orjson
from flask import Flask

from mock_core.annexe import Annexe
from mock_core.app import build_app
from mock_core.cors import preflight, with_cors
from mock_core.exchange import Call, Exchange, Reply
from mock_core.fake import Fake
from mock_core.faults import Marks
from mock_core.hints import Lacking
from mock_core.workspace import DEFAULT, Clocks
from mock_segment.delivery import DISCARDED, batch_code, sent_in
from mock_segment.edge import (
    BATCH,
    NOWHERE,
    SUCCESS,
    Refused,
    header_key,
    inflate,
    misdirected_kind,
    parse_object,
    pixel_payload,
    query_key,
    upload_kind,
)
from mock_segment.entries import SEGMENT_SHAPES
from mock_segment.errors import refusal, token_refusal, unproven
from mock_segment.faults import SEGMENT_FAULTS
from mock_segment.inspection import OPERATIONS, VIEWS
from mock_segment.routes import LACKS, ROUTES, SLIPS, TOKEN_PATH
from mock_segment.state import SegmentState

MAX_BODY = 4 * 1024 * 1024  # eight times what Segment takes: what a client sends too much of is told event by event
MAX_UNANNOUNCED = 1024 * 1024  # of a body in chunks, which may never end
VERDICTS_HEADER = "x-lab-verdicts"
_NO = frozenset({"", "0", "no", "off", "false"})
_KEY_IN_BODY = re.compile(rb'"writeKey"\s*:\s*"([^"\\]*)"')
_KEY_IN_PATH = re.compile(r"/v1/projects/([^/]+)/settings|/analytics\.js/v1/([^/]+)/")


class SegmentFake(Fake[SegmentState]):
    """Segment's tracking API: the edge as it answers, and the delivery plane it hides.

    `bundles` is a folder with the `dist/umd` of `@segment/analytics-next`, for pages that load it from here.
    """

    vendor = "segment"
    default_port = 4802
    hosts = (  # segment facts 1.1 [doc][sdk]
        "api.segment.io",
        "api.segment.com",
        "events.eu1.segmentapis.com",
        "cdn.segment.com",
        "cdn-settings.segment.com",
        "oauth2.segment.io",
        "oauth2.eu1.segmentapis.com",
    )
    fault_kinds = SEGMENT_FAULTS
    shapes = SEGMENT_SHAPES
    routes = ROUTES
    slips = SLIPS
    lacks = LACKS
    operations = OPERATIONS
    views = VIEWS

    def __init__(
        self,
        *,
        clocks: Clocks | None = None,
        seed: int = 0,
        path: Path | None = None,
        bundles: Path | None = None,
        annexes: Sequence[Annexe] = (),
    ) -> None:
        self._homes: dict[str, dict[str, None]] = {}  # the workspaces but the default one that registered a write key
        make_state = partial(SegmentState, bundles=bundles, on_source=self._settle_down)
        super().__init__(
            make_state, clocks=clocks, seed=seed, path=path, try_out=SegmentState.read_all, annexes=annexes
        )

    def _settle_down(self, write_key: str, workspace: str) -> None:
        if workspace != DEFAULT:
            homes = self._homes.setdefault(write_key, {})
            homes.pop(workspace, None)
            homes[workspace] = None

    def home_of(self, call: Call) -> str | None:
        """Return the workspace that registered the write key of a call.

        The default one has the first word, then the last to register it that still has it: others may have been
        dropped, reset, or given another journal since.
        """
        if not self._homes or not (self._mentioned(call) & self._homes.keys()):
            return None
        key = self.key_of(call)
        if key is None or self.state.source(key) is not None:
            return None
        for home in reversed(tuple(self._homes.get(key, ()))):
            state = self.workspaces.find(home)
            if state is not None and state.source(key) is not None:
                return home
        return None

    def _mentioned(self, call: Call) -> set[str]:
        """Return the write keys that a call may carry, found without parsing it."""
        found = {match.decode("utf-8", "replace") for match in _KEY_IN_BODY.findall(_plain(call))}
        if call.method == "GET":
            found.add(self.key_of(call) or "")
        return found | {header_key(call)}

    def key_of(self, call: Call) -> str | None:
        """Return the write key, from the body, the address or the header, for faults that strike one source.

        In that order (segment facts 3.3 [inferred]).
        """
        in_path = _KEY_IN_PATH.match(call.path)
        if in_path:
            return in_path[1] or in_path[2]
        try:
            payload = pixel_payload(call.query) if call.method == "GET" else parse_object(_plain(call))
        except Refused:
            payload = {}
        in_body = payload.get("writeKey")
        return in_body if isinstance(in_body, str) and in_body else header_key(call) or None

    def marks_of(self, call: Call) -> Marks:
        """Return the key of an upload, and whose events are in it, under which messageIds."""
        payload = sent_in(call.method, call.path, call.query, call.headers, call.body) or {}
        batch = payload.get("batch")
        events = [event for event in (batch if isinstance(batch, list) else [payload]) if isinstance(event, dict)]

        def named(*fields: str) -> frozenset[str]:
            return frozenset(str(event[field]) for event in events for field in fields if event.get(field) is not None)

        return Marks(self.key_of(call), named("userId", "anonymousId"), named("messageId"))

    def refuse(self, status: int, message: str | None = None, *, path: str = "") -> Reply:
        """Answer as the edge does: a status of success says success, even where a fault lost the events."""
        if 200 <= status < 300 and status != 204:
            return Reply(status, SUCCESS.body, SUCCESS.headers)
        return token_refusal(status) if path == TOKEN_PATH else refusal(status, message)

    def no_route(
        self, state: SegmentState, exchange: Exchange, status: int, message: str, lacking: Lacking | None
    ) -> Reply:
        """Let a page ask before any call (segment facts 1.2 `OPTIONS *` [inferred]), so that it can read the answer."""
        if exchange.call.method == "OPTIONS":
            return preflight(None, exchange)
        if lacking is not None and not exchange.call.header("authorization"):
            exchange.record["refused"] = {"code": "authentication_error", "message": message}
            return unproven()
        return super().no_route(state, exchange, status, message, lacking)

    def annotate(self, exchange: Exchange, reply: Reply) -> None:
        """Say of an upload that stored nothing what it carried and whose it was, as far as it can be read, and why."""
        record, call = exchange.record, exchange.call
        if "stored" in record or call.method == "OPTIONS":
            return
        kind = upload_kind(call.method, exchange.route)
        if kind is None and exchange.route not in NOWHERE:
            return
        sent = sent_in(call.method, call.path, call.query, call.headers, call.body)
        if kind is None and (sent or call.body or call.body_too_large):
            kind = misdirected_kind(call.path, sent)
        if kind is None:
            return
        record["upload"] = kind
        in_body = (sent or {}).get("writeKey")
        key = in_body if isinstance(in_body, str) and in_body else header_key(call) or query_key(call)
        if key:
            record["write_key"] = key
        if exchange.faults and "refused" not in record:
            said = f"a fault: {', '.join(exchange.faults)}"
            record["refused"] = {"code": str(reply.status or "reset"), "message": said}

    def finish(self, state: SegmentState, exchange: Exchange, seq: int, reply: Reply) -> Reply:
        """Put the verdicts on the reply itself for a caller that asked with the header X-Lab-Verdicts."""
        wish = exchange.call.header(VERDICTS_HEADER).strip().lower()
        asked = wish not in _NO and reply.header("Content-Type") == "application/json"
        if asked and "stored" in exchange.record and reply.status == 200:
            reply = Reply(reply.status, _with_verdicts(state, exchange, seq), reply.headers, reply.wire)
        return with_cors(exchange.call, reply)


def _plain(call: Call) -> bytes:
    try:
        return inflate(call, MAX_BODY)
    except Refused:
        return b""


def _with_verdicts(state: SegmentState, exchange: Exchange, seq: int) -> bytes:
    verdicts = state.verdicts_of(seq)
    answer = {
        "success": True,
        "verdicts": [found.as_dict() for found in verdicts],
    }
    if exchange.record["stored"] == BATCH:
        answer["batch"] = batch_code(
            len(verdicts), sum(found.verdict == DISCARDED for found in verdicts), is_empty=not verdicts
        )
    return orjson.dumps(answer)


def create_app(fake: SegmentFake | None = None, *, token: str | None = None) -> Flask:
    """Make the WSGI application of a Segment fake, a new one unless given."""
    return build_app(fake or SegmentFake(), max_body=MAX_BODY, max_unannounced=MAX_UNANNOUNCED, token=token)
