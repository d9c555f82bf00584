"""Pseudonyms: what a value becomes, by a key; e-mail, UUID, address, number and name each stay what they are.

A core is drawn by HMAC from the key and the original core, again while it is somebody's original or already given, so
different people stay different whatever the shape leaves room for. The same core gives the same wherever it stands: in
an id, before an @, as a word of a name.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable
from hashlib import shake_256
from typing import Final

from recording.strangers.shape import alphabet, needs, other_core, shape_of

EMAIL: Final = re.compile(
    r"[^\s@<>()\[\],;:\"'/\\?&=|]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}(?![^\W\d_])"
)
UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
PHONE: Final = re.compile(r"(?:\+|00)?\(?\d[\d ().\-/\u00a0]{5,}\d")
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?=$|[T ])")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_PREFIX: Final = re.compile(
    r"(?:usr|users?|uid|u|id|cus|customers?|acct|accounts?|anon|anonymous|guest|visitor|member|contact|person|profile|"
    r"device|dev|client|cust|crm|emp|employee|sub|subscriber|lead|org|group|auth0|google-oauth2|facebook|apple)"
    r"(?:[-_:|.#/]+(?=\w)|(?=\d))",
    re.IGNORECASE,
)
_SAFE_END: Final = "test"  # no mail reaches such a domain (RFC 2606)
_TRIES: Final = 24  # draws before a core is made longer
_MOST: Final = 2_000
_RUN: Final = re.compile(r"[^\W\d_]+|\d+")

Core = Callable[[str], str]


class Pseudonyms:
    """Gives pseudonyms; `learn` every original first, `of` them afterwards."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._originals: set[str] = set()
        self._given: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._known: dict[str, str] = {}  # value -> pseudonym: each stands in many places

    def learn(self, text: str) -> None:
        """Take note of an original value, so that nobody's pseudonym is another's original."""

        def noted(core: str) -> str:
            self._originals.add(core)
            return core

        composed(text, noted)
        self._originals.add(shape_of(text).core)

    def of(self, text: str) -> str:
        """Return the pseudonym of a value."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = composed(text, self._core)
        return known

    def _core(self, core: str) -> str:
        if core not in self._given:
            found = self._drawn(core)
            self._given[core], self._taken[found] = found, core
        return self._given[core]

    def _drawn(self, core: str) -> str:
        kind, _, rest = core.partition("\0") if "\0" in core else ("", "", core)
        if not kind and all(alphabet(letter) == letter and not letter.isalnum() for letter in rest):
            return core  # nothing in it that could be another
        tries = 0
        while True:
            longer = 0 if kind else tries // _TRIES
            digits = self._digits(f"{tries}\0{core}", needs(rest) + longer)
            found = f"{kind}\0{_MADE[kind](rest, digits)}" if kind else other_core(rest, digits, longer)
            tries += 1
            if found not in self._taken and not self._is_original(found, strictly=not kind and tries <= _TRIES):
                return found
            if kind and tries > _MOST:  # no room for another of this form: a date may be two people's
                return found

    def _is_original(self, core: str, *, strictly: bool) -> bool:
        """Say whether a core is an original, or, strictly, has one for a word."""
        if core in self._originals:
            return True
        runs = _RUN.findall(core.rpartition("\0")[2]) if strictly else []
        return len(runs) > 1 and any(len(run) > 2 and run in self._originals for run in runs)

    def _digits(self, about: str, count: int) -> bytes:
        seed = hmac.digest(self._key, about.encode("utf-8", "surrogatepass"), "sha256")
        return seed if count <= len(seed) else shake_256(seed).digest(count)


def composed(text: str, core: Core) -> str:
    """Return a value with each core in it replaced by what `core` gives for it; what is structure stays."""
    body = text.strip()
    if not body:
        return text
    start = text.index(body)
    return text[:start] + _composed(body, core) + text[start + len(body) :]


def _composed(body: str, core: Core) -> str:
    if UUID.fullmatch(body):
        return _uuid(body, core)
    if EMAIL.fullmatch(body):
        return _email(body, core)
    if (address := _address(body)) is not None:
        return core(f"{address}\0{body.lower()}").partition("\0")[2]
    if (date := _DATE.match(body)) is not None:
        return core(f"date\0{date[0]}").partition("\0")[2] + body[date.end() :]
    if (inside := EMAIL.search(body) or UUID.search(body)) is not None:
        ends = (body[: inside.start()], body[inside.end() :])
        first, last = (composed(end, core) if end and _RUN.search(end) else end for end in ends)
        return first + _composed(inside[0], core) + last
    if (url := _URL.match(body)) is not None and len(url[0]) < len(body):
        return url[0] + _spelt(body[url.end() :], core)
    if PHONE.fullmatch(body) and not body.isdecimal():
        return _phone(body, core)
    if any(letter.isspace() for letter in body):
        return "".join(_composed(part, core) if part.strip() else part for part in re.split(r"(\s+)", body))
    prefix = _PREFIX.match(body)
    if prefix is not None and prefix.end() < len(body):
        return prefix[0] + _spelt(body[prefix.end() :], core)
    return _spelt(body, core)


def _spelt(text: str, core: Core) -> str:
    shape = shape_of(text)
    return shape.spelt(core(shape.core))


def _email(text: str, core: Core) -> str:
    local, _, domain = text.rpartition("@")
    shape = shape_of(domain, zeros=False)
    other = core(f"domain\0{shape.core}").partition("\0")[2]
    ends = shape.spelt(other) if len(other) == len(shape.core) else other
    return f"{_composed(local, core)}@{ends}"


def _uuid(text: str, core: Core) -> str:
    other = core(f"uuid\0{text.lower()}").partition("\0")[2]
    return other.upper() if text.isupper() else other


def _phone(text: str, core: Core) -> str:
    plain = re.sub(r"\D", "", text)
    is_whole = text.startswith("+")
    other = iter(core(f"{'phone' if is_whole else 'number'}\0{plain}").partition("\0")[2])
    return "".join(next(other) if letter.isdecimal() else letter for letter in text)


def _address(text: str) -> str | None:
    """Return which kind of IP address a text is, None for no such or one that belongs to nobody."""
    if text.count(".") != 3 and ":" not in text:
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if found.is_loopback or found.is_unspecified else f"ipv{found.version}"


def _made_uuid(text: str, digits: bytes) -> str:
    drawn = digits[:16].hex()
    letters = iter(drawn)
    made = [letter if letter == "-" else next(letters) for letter in text]
    made[14], made[19] = text[14], text[19]  # version and variant
    return "".join(made)


def _made_domain(text: str, digits: bytes) -> str:
    labels, _, _ = text.rpartition(".")
    return f"{other_core(labels, digits)}.{_SAFE_END}"


def _made_ipv4(_text: str, digits: bytes) -> str:
    """Draw from 198.18.0.0/15 and 240.0.0.0/4, which nobody has (RFC 2544, RFC 1112)."""
    number = int.from_bytes(digits[:4], "big")
    wide = digits[4] < 8
    base, size = (0xF0000000, 1 << 28) if wide else (0xC6120000, 1 << 17)
    return str(ipaddress.IPv4Address(base + number % (size - 1)))


def _made_ipv6(_text: str, digits: bytes) -> str:
    """Draw from 2001:db8::/32, which is for documentation (RFC 3849)."""
    return str(ipaddress.IPv6Address((0x20010DB8 << 96) + int.from_bytes(digits[:12], "big")))


def _made_phone(text: str, digits: bytes) -> str:
    kept = 1 if text[:1] in "17" else 2  # the country's code, as far as it can be told
    return text[:kept] + other_core(text[kept:], digits)


def _made_number(text: str, digits: bytes) -> str:
    zeros = len(text) - len(text.lstrip("0"))
    return text[:zeros] + other_core(text[zeros:], digits)


def _made_date(_text: str, digits: bytes) -> str:
    return f"{1930 + digits[0] % 80}-{1 + digits[1] % 12:02}-{1 + digits[2] % 28:02}"


_MADE: Final[dict[str, Callable[[str, bytes], str]]] = {
    "uuid": _made_uuid,
    "domain": _made_domain,
    "ipv4": _made_ipv4,
    "ipv6": _made_ipv6,
    "phone": _made_phone,
    "number": _made_number,
    "date": _made_date,
}
