"""The Amplitude fake and its Flask application."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha1
from http import HTTPStatus
from pathlib import Path
from zlib import crc32

from flask import Flask

from mock_amplitude.entries import AMPLITUDE_SHAPES
from mock_amplitude.errors import Refused, refusal
from mock_amplitude.faults import AMPLITUDE_FAULTS
from mock_amplitude.ingest import KINDS, MAPPING_PATH, NotTaken, mapping_key, read_upload
from mock_amplitude.inspection import VIEWS
from mock_amplitude.operations import OPERATIONS
from mock_amplitude.projects import DEFAULT_PROJECT
from mock_amplitude.proofs import prove
from mock_amplitude.routes import LACKS, MEMBERSHIP, REQUEST_STATUS, ROUTES, SLIPS, cohort_edited
from mock_amplitude.state import IN_PROCESS_FILES, AmplitudeState
from mock_core.annexe import Annexe
from mock_core.app import build_app
from mock_core.cors import with_cors
from mock_core.errors import Forbidden
from mock_core.exchange import Call, Exchange, Reply, json_reply
from mock_core.fake import Fake, Route
from mock_core.guard import asking_page
from mock_core.hints import Lacking
from mock_core.redaction import basic_credentials
from mock_core.workspace import DEFAULT, Clocks

MAX_BODY = 64 * 1024 * 1024  # 100,000 ids of some hundred bytes, with room to tell "too many" from "cut off"


class AmplitudeFake(Fake[AmplitudeState]):
    """Amplitude's cohort API, its quotas, and a population that moves.

    `files_base_url` is where signed addresses lead: another origin than the API's.
    """

    vendor = "amplitude"
    default_port = 4801
    hosts = (  # amplitude facts 1.1 [doc][client], 1.5 [client]
        "amplitude.com",
        "analytics.amplitude.com",
        "analytics.eu.amplitude.com",
        "api2.amplitude.com",
        "api.amplitude.com",
        "api.eu.amplitude.com",
        "cohort.lab.amplitude.com",
        "cohort-v2.lab.amplitude.com",
        "cohort-v2.lab.eu.amplitude.com",
    )
    fault_kinds = AMPLITUDE_FAULTS
    shapes = AMPLITUDE_SHAPES
    takes_turns = True  # a quota counts the calls before it
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
        annexes: Sequence[Annexe] = (),
    ) -> None:
        self.files_base_url = IN_PROCESS_FILES
        self._homes: dict[str, str] = {}  # API keys that other workspaces than the default one made
        self._editing: set[tuple[str, str]] = set()  # workspace and cohort of the membership calls under way
        self._arrivals = threading.Lock()
        super().__init__(
            lambda workspace: AmplitudeState(workspace, lambda: self.files_base_url, self._settle_down),
            clocks=clocks,
            seed=seed,
            path=path,
            try_out=AmplitudeState.read_all,
            annexes=annexes,
        )

    def _settle_down(self, api_key: str, workspace: str) -> None:
        if workspace != DEFAULT and api_key != DEFAULT_PROJECT.api_key:
            self._homes[api_key] = workspace

    def home_of(self, call: Call) -> str | None:
        """Return the workspace whose project has the API key of a call; the default one has the first word."""
        key = self.key_of(call) if self._homes else None
        home = self._homes.get(key) if key else None
        if key is None or home is None or key in self.state.registry.projects:
            return None
        return home if key in self.workspaces.get(home).registry.projects else None

    def key_of(self, call: Call) -> str | None:
        """Return the API key, for faults that strike one project; uploads of events have it in their body."""
        credentials = basic_credentials(call.header("authorization"))
        if credentials:
            return credentials[0]
        kind = KINDS.get(call.path)
        try:
            if kind is None:
                return mapping_key(call) if call.path == MAPPING_PATH else None
            return read_upload(call, kind).api_key
        except NotTaken:
            return None

    def refuse(self, status: int, message: str | None = None, *, path: str = "") -> Reply:
        """Answer as the API does; a status of success is no error, and on the way to a download says: not yet."""
        if path in KINDS or path == MAPPING_PATH:
            in_json = path == MAPPING_PATH or KINDS[path].in_json
            return NotTaken(status, message or HTTPStatus(status).phrase).reply(in_json=in_json)
        if not 200 <= status < 300:
            return refusal(status, message)
        told = {"async_status": "JOB INPROGRESS"} if path == REQUEST_STATUS and status == 202 else {}
        return Reply(status) if status in {204, 205} else json_reply(status, told)

    def no_route(
        self, state: AmplitudeState, exchange: Exchange, status: int, message: str, lacking: Lacking | None
    ) -> Reply:
        """Look at the credentials first where Amplitude has a route, as it does (amplitude facts 1.4 [client])."""
        settings, reply = state.settings, None
        try:
            reply = prove(exchange.call, lacking, state.registry.projects, settings) if lacking else None
        except Refused as refused:
            status, message, reply = refused.status, refused.message, refused.reply(settings.error_envelope)
        reply = reply or refusal(status, message, envelope=settings.error_envelope)
        exchange.record["refused"] = {"code": str(reply.status), "message": message}
        return reply

    def serve(self, state: AmplitudeState, route: Route[AmplitudeState], call: Call, **parts: str) -> Reply:
        """Answer one call; membership calls on one cohort that overlap in time know of each other."""
        page = asking_page(call.header("origin"), call.header("sec-fetch-site"))
        if page is not None and route.path not in KINDS and self.key_of(call) == DEFAULT_PROJECT.api_key:
            raise Forbidden(
                f"Everybody knows this project's keys, so no web page may use them ({page}): any page open in a "
                "browser here could. Make a project for it: POST /__lab/projects."
            )
        state.workspace.settle()
        state.catch_up()
        if route.path != MEMBERSHIP:
            return super().serve(state, route, call, **parts)
        edited = (state.workspace.name, cohort_edited(call))
        with self._arrivals:
            is_first = edited not in self._editing
            self._editing.add(edited)
        try:
            return super().serve(state, route, call, overlaps="" if is_first else "yes")
        finally:
            if is_first:
                self._editing.discard(edited)

    def finish(self, state: AmplitudeState, exchange: Exchange, seq: int, reply: Reply) -> Reply:
        """Give an answer of the API the headers that live ones have (amplitude facts 1.1 [client]).

        To uploads pages have an answer they may read: the browser SDK posts from any origin (loop facts 2 [run]).
        """
        if exchange.route in KINDS:
            state.keep_up()
            return with_cors(exchange.call, reply)
        if not exchange.route.startswith("/api/") or reply.status == 0:
            return reply
        headers = [
            (name, "application/json; charset=UTF-8")
            if (name, value) == ("Content-Type", "application/json")
            else (name, value)
            for name, value in reply.headers
        ]
        if reply.status == 200 and reply.chunks is None:
            headers.append(("ETag", f'W/"{sha1(reply.body, usedforsecurity=False).hexdigest()}"'))
        took = 8 + crc32(f"{state.workspace.seed.value} took {seq}".encode()) % 233
        headers += [("Server-Timing", f"dash;dur={took}"), *_LIVE_HEADERS]
        if reply.chunks is None and reply.body:
            # Live answers are chunked, so a client cannot lean on Content-Length.
            return replace(reply, headers=tuple(headers), body=b"", chunks=iter((reply.body,)))
        return replace(reply, headers=tuple(headers))


_LIVE_HEADERS = (
    ("Cache-Control", "no-cache, no-store, must-revalidate"),
    ("Pragma", "no-cache"),
    ("Expires", "0"),
    ("Set-Cookie", "SERVERID=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/"),
)


def create_app(fake: AmplitudeFake | None = None, *, token: str | None = None) -> Flask:
    """Make the WSGI application of an Amplitude fake, a new one unless given."""
    return build_app(fake or AmplitudeFake(), max_body=MAX_BODY, token=token)
