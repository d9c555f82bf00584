"""Credentials that are none: what a key or an Authorization header really is, for who wonders why it does not count."""

from __future__ import annotations

import re

from mock_core.exchange import Call
from mock_core.redaction import basic_credentials

_NO_VALUE = {"undefined": "JavaScript", "null": "JavaScript or a template", "None": "Python", "nil": "Ruby or Go"}
_PLACEHOLDERS = re.compile(
    r"\$\{?\w+\}?|\{\{.*\}\}|<[^<>]*>|%\w+%|\{\w+\}|x{4,}"
    r"|(?:your|my|the)?[-_ ]*(?:write|api|secret)?[-_ ]*key(?:[-_ ]here)?",
    re.IGNORECASE | re.ASCII,
)
# Where clients of other services put their keys (Jitsu, PostHog, and scripts); nobody looks there.
OTHER_HEADERS = ("x-write-key", "x-api-key", "api-key", "x-auth-token", "x-access-token")


def mistaken(key: str) -> str | None:
    """Say what a key is that no service ever gave out; None for one that may be real."""
    if re.fullmatch(r"\[object \w+\]", key):
        return f"{key!r} is what JavaScript makes of an object where text is due"
    if key in _NO_VALUE:
        return f"{key!r} is what {_NO_VALUE[key]} makes of a variable without a value"
    if _PLACEHOLDERS.fullmatch(key):
        return f"{key!r} is a placeholder that nobody filled in"
    if re.match(r"(?i)(basic|bearer) ", key):
        return "it is a whole Authorization header, scheme and all"
    if key != key.strip() or (len(key) > 1 and key[0] == key[-1] and key[0] in "\"'"):
        return "it has blanks, a line's end or quotes around it"
    twice = basic_credentials(f"Basic {key}")
    if twice is not None and key.endswith("=") and key.isascii() and twice[0].isprintable() and twice[0]:
        return "it is Base64 already: what is in it was to be the key"
    return None


def told_of(call: Call, wanted: str) -> str:
    """Say how a call shows who it is from, where that is not the Basic authorization that is wanted; else nothing.

    `wanted` says what the vendor takes, as the end of a sentence.
    """
    authorization = call.header("authorization")
    scheme, _, rest = authorization.partition(" ")
    if not authorization:
        elsewhere = next((name for name in OTHER_HEADERS if call.header(name)), None)
        return f"there is no Authorization header, and {elsewhere} is not looked at; {wanted}" if elsewhere else ""
    if scheme.lower() != "basic":
        what = f"of the scheme {scheme!r}" if rest and scheme.isalnum() else "without a scheme"
        return f"the Authorization header is {what}; {wanted}"
    if basic_credentials(authorization) is None:
        return f"what follows Basic in the Authorization header is no Base64 of text; {wanted}"
    return ""
