"""Keep keys and personal headers out of logs, journals and reports."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

# Words in the name of a header that carries something secret, as in X-Write-Key, Api-Token, X-Amz-Signature.
_SECRET_WORDS = (
    "auth",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "key",
    "passw",
    "pwd",
    "secret",
    "session",
    "signature",
    "token",
    "xsrf",
)
# A name with such a word and nothing to hide in it; what tells two attempts apart is what a person looks for.
_HARMLESS = frozenset({"idempotency-key", "sec-websocket-key", "x-idempotency-key", ":authority"})
# What may stand before the secret itself, and is worth knowing.
_SCHEMES = frozenset(
    {"api-key", "apikey", "aws4-hmac-sha256", "basic", "bearer", "digest", "hmac", "negotiate", "token"}
)
# Different from one run to the next without meaning anything; left out so that a replay gives the same bytes.
VOLATILE_HEADERS = frozenset({"host", "connection", "date"})


def redact(secret: str) -> str:
    """Shorten a key to what lets a person recognise it and tell it from others: `wk_live_8f3a9c` to `wk_l...1d9e60`."""
    told_apart = blake2b(secret.encode(), digest_size=3).hexdigest()
    return f"{secret[:4] if len(secret) > 8 else ''}...{told_apart}"


@lru_cache(maxsize=512)  # the same few names come with every call
def is_secret(header: str) -> bool:
    """Say whether a header carries a key, a token or a password, by the words in its name."""
    name = header.lower()
    return name not in _HARMLESS and any(word in name for word in _SECRET_WORDS)


def reduced(value: str) -> str:
    """Return what may be shown of a secret header: its scheme, where it has one, and that there was more."""
    scheme, space, _ = value.partition(" ")
    return f"{scheme} ..." if space and scheme.lower() in _SCHEMES else "..."


def journal_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers worth keeping, with what is secret in them reduced."""
    return {
        name: reduced(value) if is_secret(name) else value
        for name, value in headers.items()
        if name not in VOLATILE_HEADERS
    }


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
