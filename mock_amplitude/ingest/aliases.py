"""Aliases: user ids that stand for a global one across projects, as mappings say (amplitude facts 5.6 [doc]).

They merge counts in portfolio views only: neither events nor properties nor cohorts of a project change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from mock_amplitude.ingest.uploads import MEGABYTE, NotTaken, too_large
from mock_core.exchange import Call

MAPPING_PATH: Final = "/usermap"
MOST_MAPPINGS: Final = 2000
_FORM_FIELDS: Final = 50


@dataclass(frozen=True, slots=True)
class Alias:
    """A user id and the global one it stands for; None takes the mapping back."""

    user_id: str
    global_user_id: str | None


def mapping_key(call: Call) -> str:
    """Return the API key of a call with mappings, in its body as JSON or a form, or in its address."""
    if call.body_too_large or len(call.body) > MEGABYTE:
        raise too_large()
    api_key = _fields(call).get("api_key")
    if not isinstance(api_key, str) or not api_key:
        raise NotTaken(400, "Request missing required field", missing_field="api_key")
    return api_key


def read_mappings(call: Call) -> list[Alias]:
    """Return the mappings of a call, or raise `NotTaken` for all of them."""
    mapping = _fields(call).get("mapping")
    if mapping is None or mapping == "":
        raise NotTaken(400, "Request missing required field", missing_field="mapping")
    if isinstance(mapping, str):
        try:
            mapping = orjson.loads(mapping)
        except orjson.JSONDecodeError as error:
            raise NotTaken(400, "Invalid mapping: not JSON") from error
    mapping = [mapping] if isinstance(mapping, dict) else mapping
    if not isinstance(mapping, list):
        raise NotTaken(400, "Invalid mapping: expected a list of objects")
    if len(mapping) > MOST_MAPPINGS:
        raise too_large()
    return [_alias(each, place) for place, each in enumerate(mapping)]


def _alias(said: Any, place: int) -> Alias:
    if not isinstance(said, dict):
        raise NotTaken(400, f"Invalid mapping {place}: expected an object")
    user, other = said.get("user_id"), said.get("global_user_id")
    if not isinstance(user, str) or not user:
        raise NotTaken(400, f"Invalid mapping {place}: user_id is missing")
    if said.get("unmap") is True:
        return Alias(user, None)
    if not isinstance(other, str) or not other:
        raise NotTaken(400, f"Invalid mapping {place}: global_user_id is missing")
    return Alias(user, other)


def _fields(call: Call) -> Mapping[str, Any]:
    if call.body.lstrip()[:1] == b"{":
        try:
            found = orjson.loads(call.body)
        except orjson.JSONDecodeError as error:
            raise NotTaken(400, "Invalid JSON request body") from error
        return found if isinstance(found, dict) else {}
    text = call.body.decode("utf-8", "replace") if call.body else call.query
    try:
        return {name: values[-1] for name, values in parse_qs(text, max_num_fields=_FORM_FIELDS).items()}
    except ValueError as error:
        raise NotTaken(400, "Invalid request: too many fields") from error
