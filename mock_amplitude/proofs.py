"""Proofs: how a call shows who it is from, on the routes that this lab has and on those it lacks.

Amplitude looks at that before anything else, so a client that tries its keys on some other route is told the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import orjson

from mock_amplitude.errors import INVALID_COMBINATION, INVALID_KEY, Refused
from mock_amplitude.projects import Project, region_of
from mock_amplitude.settings import AmplitudeSettings
from mock_core.credentials import mistaken, told_of
from mock_core.exchange import Call, Reply, json_reply
from mock_core.hints import Lacking
from mock_core.redaction import basic_credentials

WANTED = "Amplitude takes Basic authorization, the API key as the user and the secret key as the password"
BASIC, IN_BODY, API_KEY, ANY_KEY = "basic", "in body", "api-key", "any api-key"

Projects = Mapping[str, Project]


def authenticate(call: Call, projects: Projects, settings: AmplitudeSettings) -> Project:
    """Return the project a call is made for, or raise `Refused` with the documented words (amplitude facts 1.4).

    What the credentials really are, where they are none, is told beside those words.
    """
    credentials = basic_credentials(call.header("authorization"))
    if credentials is None:
        told = told_of(call, WANTED) or _key_elsewhere(call)
        raise Refused(settings.missing_auth_status, "Missing or malformed Authorization header", told=told)
    api_key, secret_key = credentials
    project = projects.get(api_key)
    if project is None:
        raise Refused(403, INVALID_KEY, told=_of_key(api_key, projects))
    if project.region != region_of(call.header("host"), settings.region):
        # A key of the other region is an unknown key here (amplitude facts 1.1 [client]).
        raise Refused(403, INVALID_KEY, told=f"this key is of the region {project.region}")
    if secret_key != project.secret_key:
        told = "the secret key is missing" if not secret_key else mistaken(secret_key) or ""
        raise Refused(403, INVALID_COMBINATION, told=told)
    return project


def prove(call: Call, lacking: Lacking, projects: Projects, settings: AmplitudeSettings) -> Reply | None:
    """Return how an API that the lab lacks would refuse a call's credentials, None when they are sound.

    Raises `Refused` where that is in the envelope of this API.
    """
    return _PROOFS[lacking.proof](call, projects, settings)


def _basic(call: Call, projects: Projects, settings: AmplitudeSettings) -> None:
    authenticate(call, projects, settings)


def _in_body(call: Call, projects: Projects, _settings: AmplitudeSettings) -> Reply | None:
    """Look for the key in the body, as ingestion does (amplitude facts 5.1, 5.3 [doc])."""
    api_key = _key_in_body(call)
    if api_key in projects:
        return None
    if api_key:
        return json_reply(400, {"code": 400, "error": "Invalid API key"})
    return json_reply(400, {"code": 400, "error": "Request missing required field", "missing_field": "api_key"})


def _api_key(call: Call, projects: Projects, _settings: AmplitudeSettings) -> Reply | None:
    """Look for the secret key in the header, as the User Profile API does (amplitude facts 5.8 [doc])."""
    scheme, _, secret = call.header("authorization").partition(" ")
    if scheme.lower() != "api-key":
        return _text(401, "Missing Api-Key in Authorization header")
    return None if any(secret == each.secret_key for each in projects.values()) else _text(401, "Invalid Api-Key")


def _any_key(call: Call, _projects: Projects, _settings: AmplitudeSettings) -> Reply | None:
    """Look whether there is a key at all: of Experiment's deployment keys the lab knows none."""
    return None if call.header("authorization") else _text(401, "Missing Api-Key in Authorization header")


_PROOFS: Mapping[str, Callable[[Call, Projects, AmplitudeSettings], Reply | None]] = {
    BASIC: _basic,
    IN_BODY: _in_body,
    API_KEY: _api_key,
    ANY_KEY: _any_key,
}


def _of_key(api_key: str, projects: Projects) -> str:
    if any(api_key == each.secret_key for each in projects.values()):
        return "that is the secret key: the API key is the user, the secret key the password"
    return mistaken(api_key) or ""


def _key_elsewhere(call: Call) -> str:
    """Say where a call has a key that nobody looks at."""
    if _key_in_body(call):
        return f"the key in the body is not looked at; {WANTED}"
    if "api_key=" in call.query or "apikey=" in call.query.lower():
        return f"the key in the address is not looked at; {WANTED}"
    return ""


def _key_in_body(call: Call) -> str:
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        try:
            body = {name: values[-1] for name, values in parse_qs(call.body.decode(), max_num_fields=100).items()}
        except ValueError:
            return ""
    found = body.get("api_key") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""


def _text(status: int, words: str) -> Reply:
    return Reply(status, words.encode(), (("Content-Type", "text/plain; charset=utf-8"),))
