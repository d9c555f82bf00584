"""How Segment's edge says no: JSON with `success`, `message` and `code`, unless a setting wants it otherwise.

Python's SDK reads `code` and `message` of any JSON error and Ruby retries what is not JSON (segment facts
3.1 [sdk]), so every refusal has all three by default.
"""

from __future__ import annotations

from mock_core.exchange import Reply, json_reply

INVALID_WRITE_KEY = "An invalid write key was provided"  # segment facts 1.3 [obs]
MALFORMED_JSON = "malformed JSON"  # segment facts 1.6 [obs] P 26
EXCEED_PAYLOAD_LIMIT = "Exceed payload limit"  # segment facts 1.6 [doc] javascript/faq.md, [obs] P 11, 23

_MESSAGES = {
    408: "Request timed out",
    410: "Gone",
    429: "Too many requests",
    460: "Transient failure",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
    511: "Network authentication required",
}


def refusal(status: int, message: str | None = None, code: str = "invalid_request") -> Reply:
    """Answer an error in Segment's envelope, pretty-printed as the captures show (segment facts 1.3 [obs]).

    `invalid_request` is observed for a missing key; for the other refusals it is inferred from that envelope.
    """
    if status in {204, 304}:  # these have no body by definition
        return Reply(status)
    payload = {"success": False, "message": message or _MESSAGES.get(status, f"Status {status}"), "code": code}
    return json_reply(status, payload, pretty=True)


def token_refusal(status: int) -> Reply:
    """Answer an error of the token endpoint in OAuth's envelope (segment facts 1.2 [sdk])."""
    if status in {204, 304}:
        return Reply(status)
    error = "temporarily_unavailable" if status >= 500 or status in {408, 429} else "invalid_request"
    return json_reply(status, {"error": error, "error_description": _MESSAGES.get(status, f"Status {status}")})


def unproven() -> Reply:
    """Answer a call to one of Segment's other APIs that carries no token (segment facts 5.2 [doc], conflict 17)."""
    error = {"code": "authentication_error", "message": "No access token was provided"}
    return json_reply(401, {"error": error})


def bad_request(message: str, code: str, body: str) -> Reply:
    """Answer 400 to what is malformed or too large, in the form that `bad_request_body` names (facts 1.6 [obs])."""
    return refusal(400, message, code) if body == "json" else _plain(400, b"Bad Request")


def too_many(body: str) -> Reply:
    """Answer 429 in the form that `rate_limit_body` names; the real one is unknown (segment facts 8)."""
    return refusal(429) if body == "json" else _plain(429, b"Too Many Requests" if body == "text" else b"")


def _plain(status: int, body: bytes) -> Reply:
    return Reply(status, body, (("Content-Type", "text/plain; charset=utf-8"),) if body else ())
