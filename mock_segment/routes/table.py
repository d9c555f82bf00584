"""Segment's routes: which path takes what (segment facts 1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from contracts.limits import BATCH_ITEMS
from mock_core.cors import preflights
from mock_core.credentials import mistaken
from mock_core.deep_json import write_json
from mock_core.exchange import Exchange, Reply
from mock_core.fake import Route
from mock_core.faults import announcing
from mock_segment.delivery import DELIVERED_VERDICT, EMPTY_BATCH, Parsed, judge, unify_drops
from mock_segment.edge import (
    BATCH,
    BATCH_PATHS,
    EVENT_PATHS,
    EVENT_TYPES,
    PIXEL,
    PIXEL_PATHS,
    SUCCESS,
    Accepted,
    Refused,
    accept,
    inflate,
    items_of,
    oversize_places,
    parse_object,
    pixel_payload,
    write_key,
)
from mock_segment.errors import EXCEED_PAYLOAD_LIMIT, MALFORMED_JSON, bad_request, too_many
from mock_segment.routes import shapes
from mock_segment.routes.cdn import bundle, library, settings
from mock_segment.routes.debug import debug
from mock_segment.routes.oauth import FORM, TOKEN_PATH, token, token_problem
from mock_segment.state import SegmentState

_METRICS_BODY = 512_000
_LOOPBACK = {"", "127.0.0.1"}


def ingest(kind: str, state: SegmentState, exchange: Exchange) -> Reply:
    """Answer an event or a batch as the edge does (segment facts 1.2, 1.6 [doc]), and note what was stored."""
    call, settings_now = exchange.call, state.settings
    wait = state.take_turn()
    if wait is not None:
        exchange.record["refused"] = {"code": "429", "message": "over the rate limit"}
        return announcing(too_many(settings_now.rate_limit_body), wait)
    try:
        accepted = accept(call, kind, settings_now)
        _check_source(state, accepted.write_key, call.header("authorization"))
        if settings_now.mode == "strict":
            _check_strictly(accepted, kind, state)
    except Refused as refused:
        exchange.record["refused"] = refused.as_dict()
        if refused.message in {MALFORMED_JSON, EXCEED_PAYLOAD_LIMIT}:
            return bad_request(refused.message, refused.code, settings_now.bad_request_body)
        return refused.reply
    exchange.record.update(write_key=accepted.write_key, stored=kind)
    if kind == BATCH:
        state.foresee(Parsed(call.body, accepted.text, accepted.payload))
    if accepted.keys_differ(call):
        exchange.record["keys_differ"] = True
    if call.client not in _LOOPBACK:
        exchange.record["client"] = call.client
    if kind != BATCH and settings_now.type_precedence == "route" and accepted.payload.get("type", kind) != kind:
        exchange.record["retype"] = True
    return SUCCESS


def _check_source(state: SegmentState, key: str, authorization: str) -> None:
    """Refuse what the settings want refused at the edge: a key of another region, a token that does not hold."""
    if state.settings.wrong_region == "refuse" and state.is_foreign(key):
        raise Refused("This write key belongs to another region")
    wants_token = state.wants_token(key)
    carries_token = authorization[:7].lower() == "bearer " and state.settings.refuse_bad_token
    if wants_token or carries_token:
        problem = token_problem(state, authorization)
        if problem is not None:
            raise Refused(
                f"Unauthorized: {problem}", status=401, code="unauthorized", told=_bearing(authorization, key)
            )


def _bearing(authorization: str, key: str) -> str:
    """Say what a Bearer token is that is no access token of this server's."""
    scheme, _, token_sent = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return ""
    if token_sent.strip() == key:
        return "it is the write key itself, which stands in the body or is the user of Basic authorization"
    return mistaken(token_sent.strip()) or "Bearer is for the access tokens of OAuth sources, which POST /token sells"


def _check_strictly(accepted: Accepted, kind: str, state: SegmentState) -> None:
    """In strict mode, refuse what Segment would take and drop, with its own discard code as the code.

    A duplicate is not refused: to the edge it is what a retry of a stored upload looks like, and right.
    """
    of_source = state.verdict_on(accepted.write_key)
    if of_source is not None:
        raise Refused(f"Segment would discard these events: {of_source.reason}", code=of_source.code)
    items = items_of(accepted.payload, kind)
    if not items:
        raise Refused(f"Segment would discard this call: {EMPTY_BATCH.reason}", code=EMPTY_BATCH.code)
    if len(items) > BATCH_ITEMS:
        surplus = judge(items[-1], len(items) - 1, BATCH_ITEMS, state.settings)
        raise Refused(f"batch[{BATCH_ITEMS}]: {surplus.reason}", code=surplus.code)
    oversize = oversize_places(accepted.text, items, state.settings.event_bytes) if kind == BATCH else ()
    for place, item in enumerate(items):
        where = f"batch[{place}]" if kind == BATCH else ""
        verdict = judge(item, place, BATCH_ITEMS, state.settings, is_oversize=place in oversize)
        if verdict is not DELIVERED_VERDICT:
            raise Refused(f"{where}{verdict.pointer or ('' if where else '/')}: {verdict.reason}", code=verdict.code)
        dropped = unify_drops(item, strict=True) if state.settings.unify_limits else None
        if dropped is not None:
            raise Refused(f"{where or '/'}: {dropped}", code="bad_request")


def no_body(state: SegmentState, exchange: Exchange) -> Reply:
    """Answer a GET on an ingest route: an empty body is no JSON (segment facts 1.6 [obs] P 26)."""
    exchange.record["refused"] = Refused(
        MALFORMED_JSON, told="a GET brings nothing; uploads are sent by POST"
    ).as_dict()
    return bad_request(MALFORMED_JSON, "invalid_request", state.settings.bad_request_body)


def pixel(kind: str, state: SegmentState, exchange: Exchange) -> Reply:
    """Answer an image whatever the address says, and note what was stored (segment facts 1.2 [doc]).

    An event too large for the other routes is too large here, as the JSON that its address means [inferred].
    """
    call = exchange.call
    try:
        payload = pixel_payload(call.query)
        key = write_key(call, payload, state.settings)
        if len(write_json(payload)) > state.settings.event_bytes:
            raise Refused(EXCEED_PAYLOAD_LIMIT)
    except Refused as refused:
        exchange.record["refused"] = refused.as_dict()
        return PIXEL
    exchange.record.update(write_key=key, stored=kind, pixel=True)
    return PIXEL


def metrics(_state: SegmentState, exchange: Exchange) -> Reply:
    """Take what analytics.js counts about itself (segment facts 1.2 [sdk]); it is in the requests view only."""
    try:
        parse_object(inflate(exchange.call, _METRICS_BODY))
    except Refused as refused:
        exchange.record["refused"] = refused.as_dict()
        return refused.reply
    return SUCCESS


_TAKEN = {
    200: "Taken; says nothing of what becomes of the events.",
    400: "No write key, no JSON, or too large.",
    401: "An access token was wanted and is missing, unknown or over.",
    429: "Over the lab's rate limit; Retry-After says how many seconds to wait.",
}
_FOUND = {200: "Found.", 404: "There is none."}
_JAVASCRIPT = "application/javascript"

_CALLS: Sequence[Route[SegmentState]] = (
    *(
        Route(
            "POST",
            path,
            partial(ingest, kind),
            f"Take one {kind} call.",
            _TAKEN,
            shapes.EVENT_BODY,
            answers=shapes.UPLOADED,
        )
        for path, kind in EVENT_PATHS.items()
    ),
    *(
        Route(
            "POST",
            path,
            partial(ingest, BATCH),
            "Take a batch of calls.",
            _TAKEN,
            shapes.BATCH_BODY,
            answers=shapes.UPLOADED,
        )
        for path in BATCH_PATHS
    ),
    *(
        Route("GET", path, no_body, "An ingest route takes POST only.", {400: "No JSON."}, answers=shapes.UPLOADED)
        for path in (*EVENT_PATHS, *BATCH_PATHS)
    ),
    *(
        Route(
            "GET",
            path,
            partial(pixel, kind),
            f"Take one {kind} call from an image's address.",
            {200: "Always, and a transparent pixel."},
            query={"data": "URL-safe base64 of the event's JSON", "writeKey": "without data: one of its dotted names"},
            produces="image/gif",
        )
        for path, kind in PIXEL_PATHS.items()
    ),
    *(
        Route(
            "POST",
            f"/debug/v1/{kind}",
            partial(debug, kind),
            f"Judge one {kind} call and store nothing.",
            {200: "Nothing to say against it.", 400: "What is."},
            shapes.EVENT_BODY,
            answers=shapes.UPLOADED,
        )
        for kind in EVENT_TYPES
    ),
    Route(
        "POST",
        "/v1/m",
        metrics,
        "Take what analytics.js counts about itself.",
        {200: "Taken.", 400: "No JSON."},
        answers=shapes.UPLOADED,
    ),
    Route(
        "POST",
        TOKEN_PATH,
        token,
        "Sell an access token for a signed assertion.",
        {200: "The token.", 400: "What is wrong.", 401: "The assertion does not hold.", 415: "No form."},
        shapes.TOKEN_FORM,
        consumes=FORM,
        answers=shapes.SOLD,
    ),
    Route(
        "GET",
        "/v1/projects/<write_key>/settings",
        settings,
        "The settings that browsers fetch first.",
        _FOUND,
        answers=shapes.FOUND_SETTINGS,
    ),
    *(
        Route(
            "GET",
            f"/analytics.js/v1/<write_key>/{name}",
            library,
            "The library.",
            _FOUND,
            produces=_JAVASCRIPT,
            answers=shapes.FOUND_SCRIPT,
        )
        for name in ("analytics.min.js", "analytics.classic.js")
    ),
    *(
        Route("GET", path, bundle, "A part of the library.", _FOUND, produces=_JAVASCRIPT, answers=shapes.FOUND_SCRIPT)
        for path in (
            "/analytics-next/bundles/<name>",
            "/next-integrations/integrations/<path:name>",
            "/next-integrations/actions/<name>",
        )
    ),
)

ROUTES: Sequence[Route[SegmentState]] = (*_CALLS, *preflights(_CALLS))
