"""What a browser wants to hear before it lets a page talk to another origin.

Both headers that make a browser ask first, Authorization and X-Retry-Count, are sent by analytics-next on every
call, and it can only read Retry-After when that is exposed (segment facts 1.5 [sdk][inferred]).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_core.exchange import Call, Exchange, Reply
from mock_core.fake import Route, S

EXPOSED = "Retry-After, X-RateLimit-Reset"
ALLOWED_HEADERS = "Authorization, Content-Type, X-Retry-Count, X-Lab-Workspace, X-Lab-Verdicts"
MAX_AGE = "600"


def with_cors(call: Call, reply: Reply) -> Reply:
    """Let the page that made a call read the reply; a call that no page made is answered as it is."""
    origin = call.header("origin")
    if reply.status == 0 or not (origin or call.method == "OPTIONS"):
        return reply
    if not origin:
        return reply.with_headers(("Access-Control-Allow-Origin", "*"))
    # The origin is echoed, not starred: credentials: "include" needs it so.
    return reply.with_headers(
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", EXPOSED),
        ("Vary", "Origin"),
    )


def preflight(_state: Any, exchange: Exchange, **_parts: str) -> Reply:
    """Answer a browser's question before its call: every method and header it asks about is fine.

    That the SDKs' calls are preceded by it: segment facts 1.5 [sdk]; the headers of the real answer: [inferred].
    """
    asked = exchange.call.header("access-control-request-headers")
    return Reply(
        204,
        headers=(
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            ("Access-Control-Allow-Headers", f"{ALLOWED_HEADERS}, {asked}" if asked else ALLOWED_HEADERS),
            ("Access-Control-Max-Age", MAX_AGE),
        ),
    )


def preflights(routes: Sequence[Route[S]]) -> tuple[Route[S], ...]:
    """Return an OPTIONS route for every path of a table."""
    paths = dict.fromkeys(route.path for route in routes)
    return tuple(
        Route("OPTIONS", path, preflight, "A browser's question before its call.", {204: "Go on."}, produces=None)
        for path in paths
    )
