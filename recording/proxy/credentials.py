"""Credentials taken out of what is kept, before it is written: each becomes another of its shape, everywhere."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from mock_core.redaction import basic_credentials, is_secret
from recording.strangers import Pseudonyms

_IN_BODY: Final = re.compile(
    rb'"(?:writeKey|write_key|api_key|apiKey|secret_key|secretKey|password|token|access_token|refresh_token|'
    rb'client_secret|client_assertion)"\s*:\s*"((?:[^"\\]|\\.)+)"'
)
_IN_FORM: Final = re.compile(
    rb"(?:^|&)(?:api_key|secret_key|write_key|writeKey|client_secret|client_assertion|token)=([^&]+)"
)
_SHORTEST: Final = 6  # letters of a secret that is looked for wherever it stands
_AMAZONS: Final = ("x-amz-signature", "x-amz-credential", "x-amz-security-token", "awsaccesskeyid", "signature")


class Credentials:
    """Knows the secrets of the calls that came, and puts others in their places."""

    def __init__(self) -> None:
        self._names = Pseudonyms(secrets.token_bytes(32))
        self._others: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def meet(self, headers: Mapping[str, str], url: str, body: bytes) -> str | None:
        """Take note of the secrets of a call; return what stands for the user of Basic credentials, if it has any."""
        found: list[bytes] = [each[1] for each in _IN_BODY.finditer(body)]
        found += [each[1] for each in _IN_FORM.finditer(body)] if b"=" in body[:200] else []
        found += [value.encode() for name, value in parse_qsl(urlsplit(url).query) if is_hidden(name)]
        known = basic_credentials(headers.get("authorization", ""))
        found += [part.encode() for part in known or ()]
        _, _, rest = headers.get("authorization", "").partition(" ")
        if known is None and rest:
            found.append(rest.encode())
        for each in found:
            self._other(each)
        return None if known is None or not known[0] else self._other(known[0].encode()).decode("utf-8", "replace")

    def _other(self, secret: bytes) -> bytes:
        with self._lock:
            if secret not in self._others:
                text = secret.decode("utf-8", "surrogateescape")
                self._names.learn(text)
                other = self._names.of(text).encode("utf-8", "surrogateescape")
                if other == secret:  # nothing in it could be another
                    other = b"x" * len(secret)
                self._others = {**self._others, secret: other}  # read without the lock
            return self._others[secret]

    def without(self, data: bytes) -> bytes:
        """Return data with every known secret replaced."""
        for secret, other in self._others.items():
            if len(secret) >= _SHORTEST or b'"' + secret + b'"' in data:
                data = data.replace(secret, other)
        return data

    def address(self, url: str) -> str:
        """Return an address whose secrets are others: by the names of its query, and wherever a known one stands."""
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        if any(is_hidden(name) for name, _ in pairs):
            hidden = [
                (name, self._other(value.encode()).decode("utf-8", "replace") if value and is_hidden(name) else value)
                for name, value in pairs
            ]
            parts = parts._replace(query=urlencode(hidden, quote_via=quote))
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        return self.without(urlunsplit(plain).encode()).decode("utf-8", "replace")

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return headers worth keeping by name in small letters; a `Location` keeps its address."""
        found: dict[str, str] = {}
        for name, value in headers:
            small = name.lower()
            if small == "location":
                found[small] = self.address(value)
            elif small not in {"set-cookie", "cookie"}:
                kept = (
                    "..."
                    if is_secret(small)
                    else self.without(value.encode("utf-8", "replace")).decode("utf-8", "replace")
                )
                found[small] = f"{found[small]}, {kept}" if small in found else kept
        return found


def is_hidden(name: str) -> bool:
    """Say whether a parameter of a query carries a secret."""
    return name.lower() in _AMAZONS or is_secret(name)
