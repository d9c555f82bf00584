"""Signed addresses: a link to a stored export that anybody may use for a minute, in the manner of S3.

Signed with a key from the workspace's seed, so the same journal hands out the same addresses (amplitude facts 1.2 E).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from mock_core.exchange import Reply

ALGORITHM = "AWS4-HMAC-SHA256"
KEY_ID = "LABEXPORTS"
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class S3Error(Exception):
    """A refusal in S3's XML."""

    status: int
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()

    def reply(self, request_id: str) -> Reply:
        parts = [("Code", self.code), ("Message", self.message), *self.details, ("RequestId", request_id)]
        inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts)
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'.encode()
        return Reply(self.status, body, (("Content-Type", "application/xml"), ("x-amz-request-id", request_id)))


class Signer:
    """Signs addresses of stored exports and checks them."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, path: str, now: int, seconds: int) -> str:
        """Return the query that makes `path` readable for so many seconds from now (in milliseconds)."""
        stamp = datetime.fromtimestamp(now // 1000, UTC).strftime(_STAMP)
        terms = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{KEY_ID}/{stamp[:8]}/us-west-2/s3/aws4_request",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        return urlencode({**terms, "X-Amz-Signature": self._signature(path, terms)}, quote_via=quote, safe="")

    def check(self, path: str, query: Mapping[str, str], authorization: str, now: int) -> None:
        """Raise `S3Error` unless the address is signed, in time, and comes without another way of proof."""
        if authorization:
            raise S3Error(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified",
                (("ArgumentName", "Authorization"), ("ArgumentValue", authorization.split(" ", 1)[0])),
            )
        self.verify(path, query, now)

    def verify(self, path: str, query: Mapping[str, str], now: int) -> None:
        """Raise `S3Error` unless the address is signed and in time."""
        terms = {name: value for name, value in query.items() if name.startswith("X-Amz-")}
        signature = terms.pop("X-Amz-Signature", "")
        if not signature:
            raise S3Error(403, "AccessDenied", "Access Denied")
        if not hmac.compare_digest(signature.encode(), self._signature(path, terms).encode()):
            raise S3Error(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        signed_at = datetime.strptime(terms["X-Amz-Date"], _STAMP).replace(tzinfo=UTC).timestamp()
        expires = signed_at + int(terms["X-Amz-Expires"])
        if now > expires * 1000:
            raise S3Error(
                403,
                "AccessDenied",
                "Request has expired",
                (
                    ("X-Amz-Expires", terms["X-Amz-Expires"]),
                    ("Expires", f"{datetime.fromtimestamp(expires, UTC):%Y-%m-%dT%H:%M:%SZ}"),
                    ("ServerTime", f"{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"),
                ),
            )

    def _signature(self, path: str, terms: Mapping[str, str]) -> str:
        said = "\n".join((path, *(f"{name}={value}" for name, value in sorted(terms.items()))))
        return hmac.new(self._key, said.encode(), sha256).hexdigest()
