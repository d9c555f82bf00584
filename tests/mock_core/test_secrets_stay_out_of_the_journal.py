"""Headers that carry a key or a token by their name are reduced, and so is what nobody should have called a scheme."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_core.credentials import mistaken
from mock_core.redaction import journal_headers

SECRET = "s3cr3t-part-of-it"


@pytest.mark.parametrize(
    "name",
    [
        "authorization", "proxy-authorization", "cookie", "x-write-key", "x-api-key", "api-key", "apikey",
        "x-auth-token", "x-csrf-token", "x-lab-token", "x-amz-security-token", "client-secret", "x-session-id",
        "x-hub-signature-256",
        "php-auth-pw", "x-password",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "value", [SECRET, f"key1:{SECRET}", f"{SECRET} and more", f"Bearer {SECRET}", f"a={SECRET}; b=c"]
)
def test_a_header_with_a_secret_word_in_its_name_is_reduced(name: str, value: str):
    """Nothing of the secret stays, not even where it stands first; a known scheme does."""
    kept = journal_headers({name: value})[name]

    assert SECRET not in kept
    assert kept == ("Bearer ..." if value.startswith("Bearer ") else "...")


@pytest.mark.parametrize(
    "name", ["content-type", "user-agent", "x-retry-count", "idempotency-key", "accept-encoding", "x-amp-exp-library"]
)
def test_what_carries_no_secret_is_kept(name: str):
    """What tells two attempts apart is what a person looks for."""
    assert journal_headers({name: SECRET}) == {name: SECRET}


@given(before=st.from_regex(r"[a-z]{0,8}-?", fullmatch=True), after=st.from_regex(r"(-[a-z0-9]{1,8})?", fullmatch=True))
def test_a_word_counts_wherever_it_stands_in_the_name(before: str, after: str):
    """Whoever invents a header for a key names it so."""
    for word in ("key", "token", "secret", "password", "cookie"):
        name = f"{before}{word}{after}"
        assert name in {"idempotency-key"} or journal_headers({name: SECRET}) == {name: "..."}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("[object Object]", "JavaScript makes of an object"),
        ("[object Promise]", "JavaScript makes of an object"),
        ("undefined", "a variable without a value"),
        ("None", "Python"),
        ("${SEGMENT_WRITE_KEY}", "a placeholder"),
        ("$SEGMENT_WRITE_KEY", "a placeholder"),
        ("{{ write_key }}", "a placeholder"),
        ("<your key>", "a placeholder"),
        ("YOUR_WRITE_KEY", "a placeholder"),
        ("Basic d2s6", "a whole Authorization header"),
        ("wk\n", "blanks, a line's end or quotes"),
        ('"wk"', "blanks, a line's end or quotes"),
        ("d3JpdGUta2V5Og==", "Base64 already"),
    ],
)
def test_a_key_that_nobody_gave_out_is_told_for_what_it_is(key: str, words: str):
    """What a program made of a key it never had, or did twice to one that it had."""
    assert words in str(mistaken(key))


@pytest.mark.parametrize(
    "key", ["wk", "lab-write-key", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE", "key-of-ci-7", "monkey", "0"]
)
def test_a_key_that_may_be_real_is_left_alone(key: str):
    """No guess about keys that look like keys."""
    assert mistaken(key) is None
