"""OAuth: signed assertions buy access tokens, and uploads carry them (facts 1.2)."""

from __future__ import annotations

import uuid
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mock_core import Clocks, LabClock
from mock_segment import SegmentFake

FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
APP, KEY_ID = "app-1", "key-1"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def assertion(clock: LabClock, key: rsa.RSAPrivateKey) -> Any:
    """Sign an assertion as the SDKs do: iat 5 s back, exp 55 s ahead, iss the client id."""

    def sign(signer: rsa.RSAPrivateKey = key, algorithm: str = "RS256", kid: str = KEY_ID, **claims: Any) -> str:
        now = clock.now()
        sdk = {
            "iss": APP,
            "sub": APP,
            "aud": "http://127.0.0.1",
            "iat": now - 5,
            "exp": now + 55,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode({**sdk, **claims}, signer, algorithm=algorithm, headers={"kid": kid})

    return sign


@pytest.fixture
def buy(wire: Any) -> Any:
    """Ask for a token."""

    def ask(assertion: str, content_type: str = FORM, **fields: str) -> Any:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": "tracking_api:write",
            **fields,
        }
        return wire.session.post(f"{wire.url}/token", data=form, headers={"Content-Type": content_type})

    return ask


@pytest.fixture
def registered(state: Any, key: rsa.RSAPrivateKey) -> None:
    state.put_oauth_app(APP, KEY_ID, public_pem(key))


@pytest.mark.usefixtures("registered")
def test_a_sound_assertion_buys_a_token(buy: Any, assertion: Any):
    """With a number of seconds, as Node insists."""
    reply = buy(assertion())

    assert reply.status_code == 200
    assert reply.json()["expires_in"] == 86_400
    assert reply.json()["access_token"]


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("claims", "status", "error", "words"),
    [
        ({"exp": 0, "iat": -50}, 400, "invalid_request", "Token is expired"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_050}, 400, "invalid_request", "Token used before issued"),
        ({"iat": 1_767_603_590, "exp": 1_767_603_660}, 400, "invalid_request", "within 60 seconds"),
        ({"iat": "now"}, 400, "invalid_request", "must be numbers"),
        ({"exp": None}, 400, "invalid_request", "must be numbers"),
        ({"iat": float("nan")}, 400, "invalid_request", "must be numbers"),
        ({"exp": float("nan")}, 400, "invalid_request", "must be numbers"),
        ({"iat": float("nan"), "exp": float("nan")}, 400, "invalid_request", "must be numbers"),
        ({"exp": float("inf")}, 400, "invalid_request", "must be numbers"),
        ({"exp": 10**400}, 400, "invalid_request", "must be numbers"),
        ({"iat": True}, 400, "invalid_request", "must be numbers"),
        ({"jti": "\ud800"}, 400, "invalid_request", "jti"),
        ({"aud": "http://["}, 401, "invalid_client", "aud"),
        ({"sub": "another"}, 401, "invalid_client", "No such OAuth application"),
        ({"aud": "https://elsewhere.example"}, 401, "invalid_client", "aud"),
        ({"jti": ""}, 400, "invalid_request", "jti"),
        ({"kid": "another"}, 401, "invalid_client", "or key"),
    ],
)
def test_an_unsound_assertion_is_refused(
    buy: Any, assertion: Any, claims: dict[str, Any], status: int, error: str, words: str
):
    """With OAuth's own names; the two about time are those Python corrects its clock on."""
    reply = buy(assertion(**claims))

    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert words in reply.json()["error_description"]


@pytest.mark.usefixtures("registered")
def test_an_assertion_works_once(buy: Any, assertion: Any):
    """Its jti is used up."""
    once = assertion()

    assert [buy(once).status_code, buy(once).status_code] == [200, 401]


@pytest.mark.usefixtures("registered")
def test_another_key_or_algorithm_does_not_hold(buy: Any, assertion: Any):
    """Verified by the registered key, and RS256 only."""
    assert buy(assertion(signer=new_key())).status_code == 401
    assert buy(assertion(signer="a secret of some thirty-two characters", algorithm="HS256")).status_code == 401
    assert buy("rubbish").status_code == 401
    assert buy("").status_code == 401


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, 400, "invalid_request"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"content_type": "application/json"}, 415, "invalid_request"),
    ],
)
def test_a_wrong_form_is_refused(buy: Any, assertion: Any, fields: dict[str, str], status: int, error: str):
    """400 for what is in it, 415 for what it is."""
    reply = buy(assertion(), **fields)

    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_any_signature_does_until_an_app_is_registered(buy: Any, assertion: Any, state: Any, key: rsa.RSAPrivateKey):
    """A lab works before it is set up; a setting makes it strict from the start."""
    before = buy(assertion(signer=new_key())).status_code
    state.configure(oauth_assertions="verify")
    strict = buy(assertion(signer=new_key())).status_code
    state.put_oauth_app(APP, KEY_ID, public_pem(key))

    assert (before, strict, buy(assertion(signer=new_key())).status_code) == (200, 401, 401)
    assert buy(assertion()).status_code == 200


def test_the_date_is_the_labs(buy: Any, assertion: Any, clock: LabClock):
    """Python sets its clock by it."""
    assert parsedate_to_datetime(buy(assertion()).headers["Date"]).timestamp() == clock.now()


def test_an_upload_with_a_token_is_taken(wire: Any, state: Any, buy: Any, assertion: Any):
    """The key still comes in the body."""
    token = buy(assertion()).json()["access_token"]

    reply = wire.send("/v1/batch", {"batch": [{"type": "identify", "userId": "u"}]}, Authorization=f"Bearer {token}")

    assert reply.content == b'{"success": true}'
    assert set(state.profiles()) == {"u"}


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c"])
def test_an_unknown_token_is_401(wire: Any, state: Any, token: str):
    """In Segment's envelope, so that an SDK drops it; a setting looks away."""
    refused = wire.send("/v1/identify", {"userId": "u"}, Authorization=f"Bearer {token} ")
    state.configure(refuse_bad_token=False)
    taken = wire.send("/v1/identify", {"userId": "u"}, Authorization=f"Bearer {token} ")

    assert (refused.status_code, refused.json()["code"], taken.status_code) == (401, "unauthorized", 200)


def test_a_token_is_over_when_the_clock_says_so(wire: Any, state: Any, buy: Any, assertion: Any, clock: LabClock):
    """To the second."""
    state.configure(oauth_token_seconds=60)
    token = buy(assertion()).json()["access_token"]

    statuses = []
    for _ in range(2):
        statuses.append(wire.send("/v1/identify", {"userId": "u"}, Authorization=f"Bearer {token}").status_code)
        clock.advance(60)

    assert statuses == [200, 401]


def test_a_token_of_another_scope_does_not_upload(wire: Any, buy: Any, assertion: Any):
    """functions:write is something else."""
    token = buy(assertion(), scope="functions:write").json()["access_token"]

    reply = wire.send("/v1/identify", {"userId": "u"}, Authorization=f"Bearer {token}")

    assert reply.status_code == 401
    assert "scope" in reply.json()["message"]


def test_a_source_can_want_a_token(wire: Any, state: Any, buy: Any, assertion: Any):
    """Without one it takes nothing."""
    state.put_source("wk", oauth=True)
    token = buy(assertion()).json()["access_token"]

    without = wire.send("/v1/identify", {"userId": "u"}).status_code
    with_one = wire.send("/v1/identify", {"userId": "u"}, Authorization=f"Bearer {token}").status_code

    assert (without, with_one) == (401, 200)


def test_a_reopened_lab_knows_its_tokens(wire: Any, buy: Any, assertion: Any):
    """They are signed with the seed and kept nowhere; another seed does not know them."""
    from mock_segment.routes.oauth import token_problem

    token = buy(assertion()).json()["access_token"]
    same = SegmentFake(clocks=Clocks(LabClock(1_767_603_600.0)))
    other = SegmentFake(clocks=Clocks(LabClock(1_767_603_600.0)), seed=1)

    assert token_problem(same.state, f"Bearer {token}") is None
    assert "did not give out" in str(token_problem(other.state, f"Bearer {token}"))
