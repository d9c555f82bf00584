"""Keep keys and personal headers out of logs, journals and reports."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import blake2b

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-lab-token"})
# Different from one run to the next without meaning anything; left out so that a replay gives the same bytes.
VOLATILE_HEADERS = frozenset({"host", "connection", "date"})


def redact(secret: str) -> str:
    """Shorten a key to what lets a person recognise it and tell it from others: `wk_live_8f3a9c` to `wk_l...1d9e60`."""
    told_apart = blake2b(secret.encode(), digest_size=3).hexdigest()
    return f"{secret[:4] if len(secret) > 8 else ''}...{told_apart}"


def journal_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers worth keeping, with credentials reduced to their scheme."""
    kept = {}
    for name, value in headers.items():
        if name in VOLATILE_HEADERS:
            continue
        kept[name] = f"{value.split(' ', 1)[0]} ..." if name in SECRET_HEADERS else value
    return kept


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Read `Basic base64(user:password)`; a missing colon leaves the password empty, anything else is None."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError:  # not base64, not ASCII, or not UTF-8 underneath
        return None
    user, _, password = decoded.partition(":")
    return user, password
