"""OAuth for server sources: a signed assertion buys an access token, which uploads carry (segment facts 1.2).

Tokens are themselves signed, with a key drawn from the workspace's seed: the edge keeps no list of them, and a
reopened lab knows those it gave out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, TypeGuard, cast
from urllib.parse import parse_qsl, urlsplit

from contracts.extras import lacking
from mock_core.exchange import Exchange, Reply, json_reply

if TYPE_CHECKING:
    from jwt.types import Options

    from mock_segment.state import SegmentState

TOKEN_PATH = "/token"  # noqa: S105 - where tokens are sold
FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = frozenset({"tracking_api:write", "functions:write", "public_api:read_write"})
UPLOAD_SCOPE = "tracking_api:write"
# "Under 60 s" by the documents; the SDKs sign for exactly 60 (iat 5 s back, exp 55 s ahead).
MAX_LIFETIME = 60
LATEST = 253_402_300_799  # the end of the year 9999
_SURROGATE = re.compile("[\ud800-\udfff]")
VENDOR_HOSTS = frozenset({"oauth2.segment.io", "oauth2.eu1.segmentapis.com"})


_TIMES_ARE_OURS: Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


@dataclass(frozen=True, slots=True)
class TokenRefused(Exception):
    """The token endpoint's error, by its OAuth name."""

    error: str
    description: str
    status: int = 400


def token(state: SegmentState, exchange: Exchange) -> Reply:
    """Answer POST /token: a token for a sound assertion, an OAuth error for anything else (segment facts 1.2 [doc])."""
    now = state.workspace.clock.now()
    # The Python SDK corrects its clock by this header when it is told that its assertion is over.
    date = (("Date", formatdate(now, usegmt=True)),)
    try:
        client_id, scope = _asserted(state, exchange, now)
    except TokenRefused as refused:
        exchange.record["oauth_error"] = refused.error
        body: dict[str, Any] = {"error": refused.error, "error_description": refused.description}
        return json_reply(refused.status, body, headers=date)
    seconds = state.settings.oauth_token_seconds
    issued = {"sub": client_id, "scope": scope, "exp": now + seconds}
    body = {"access_token": _sign(issued, state), "token_type": "Bearer", "expires_in": seconds, "scope": scope}
    return json_reply(200, body, headers=date)


def _asserted(state: SegmentState, exchange: Exchange, now: float) -> tuple[str, str]:
    call = exchange.call
    if call.header("content-type").partition(";")[0].strip().lower() != FORM:
        raise TokenRefused("invalid_request", f"Content-Type must be {FORM}", 415)
    try:
        form = dict(parse_qsl(call.body.decode("utf-8"), max_num_fields=100))
    except ValueError as error:
        raise TokenRefused("invalid_request", "The form cannot be read") from error
    if form.get("grant_type") != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefused("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    scope = form.get("scope", "")
    if not scope or not set(scope.split()) <= SCOPES:
        raise TokenRefused("invalid_scope", f"scope must be among {', '.join(sorted(SCOPES))}")
    claims = _claims(state, form.get("client_assertion", ""))
    _check_claims(claims, call.header("host"), now)
    with state.workspace.lock:
        if not state.use_assertion(str(claims["jti"])):
            raise TokenRefused("invalid_client", "jti was used before", 401)
    return str(claims["sub"]), scope


def _claims(state: SegmentState, assertion: str) -> dict[str, Any]:
    """Read an assertion, verifying its signature as soon as there is a key to verify it by."""
    import jwt  # noqa: PLC0415 - slow to import, and only OAuth needs it

    try:
        header = jwt.get_unverified_header(assertion)
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
        if header.get("alg") != "RS256":
            raise TokenRefused("invalid_client", "alg must be RS256", 401)
        if not state.verifies_assertions():
            return claims
        app = state.oauth_app(str(claims.get("sub")))
        if app is None or header.get("kid") != app.key_id:
            raise TokenRefused("invalid_client", "No such OAuth application or key", 401)
        told = lacking("cryptography", "Verifying an assertion")
        if told:
            raise TokenRefused("server_error", told, 501)
        # Times are the lab's to judge, and iss is the client id in every SDK (conflict 13).
        jwt.decode(assertion, app.public_key, algorithms=["RS256"], options=_TIMES_ARE_OURS)
    except (jwt.exceptions.PyJWTError, ValueError) as error:
        raise TokenRefused("invalid_client", f"The assertion does not hold: {error}", 401) from error
    return claims


def _check_claims(claims: dict[str, Any], host: str, now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not _is_time(issued) or not _is_time(expires):
        raise TokenRefused("invalid_request", "iat and exp must be numbers of seconds since 1970")
    if expires <= now:
        raise TokenRefused("invalid_request", "Token is expired")
    if issued > now:
        raise TokenRefused("invalid_request", "Token used before issued")
    if expires - issued > MAX_LIFETIME:
        raise TokenRefused("invalid_request", f"exp must be within {MAX_LIFETIME} seconds of iat")
    if not all(_is_text(claims.get(name)) for name in ("sub", "jti")):
        raise TokenRefused("invalid_request", "sub and jti must be given")
    if _netloc(claims.get("aud")) not in {host, *VENDOR_HOSTS}:
        raise TokenRefused("invalid_client", "aud must be the address of this server", 401)


def _is_time(value: object) -> TypeGuard[float]:
    """Say whether a claim is a time that a calendar has; NaN, infinity and true are none."""
    return type(value) in {int, float} and -LATEST <= cast("float", value) <= LATEST


def _is_text(value: object) -> bool:
    """Say whether a claim is text that can be written down; half a surrogate pair cannot."""
    return isinstance(value, str) and bool(value) and not _SURROGATE.search(value)


def _netloc(audience: object) -> str | None:
    try:
        return urlsplit(audience).netloc if isinstance(audience, str) else None
    except ValueError:  # half a bracket of an IPv6 address
        return None


def token_problem(state: SegmentState, authorization: str) -> str | None:
    """Return what is wrong with the Bearer token of an upload, or None."""
    import jwt  # noqa: PLC0415 - as above

    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return "no access token"
    try:
        claims = jwt.decode(value.strip(), _secret(state), algorithms=["HS256"], options={"verify_exp": False})
    except (jwt.exceptions.PyJWTError, ValueError):
        return "an access token that this server did not give out"
    if claims["exp"] <= state.workspace.clock.now():
        return "an access token that is over"
    if UPLOAD_SCOPE not in claims["scope"].split():
        return f"an access token without the scope {UPLOAD_SCOPE}"
    return None


def _sign(claims: dict[str, Any], state: SegmentState) -> str:
    import jwt  # noqa: PLC0415 - as above

    return jwt.encode(claims, _secret(state), algorithm="HS256")


def _secret(state: SegmentState) -> bytes:
    return state.workspace.seed.fresh("oauth").randbytes(32)
