"""Aliases: user ids that stand for a global one (amplitude facts 5.6 [doc]); they change nobody's events."""

from __future__ import annotations

import json
from typing import Any

import pytest


def post(desk: Any, mapping: Any, **more: Any) -> Any:
    return desk.anyone.post(
        f"{desk.url}/usermap", data={"api_key": "lab-api-key", "mapping": json.dumps(mapping), **more}
    )


def test_a_mapping_is_kept_until_it_is_taken_back(desk: Any, send: Any):
    """As a form, as Segment's destination sends it, or as JSON; the people stay two."""
    send({"user_id": "user-1"}, {"user_id": "user-2"})
    answer = post(desk, [{"user_id": "user-1", "global_user_id": "user-2"}, {"user_id": "b", "global_user_id": "c"}])
    payload = {"api_key": "lab-api-key", "mapping": [{"user_id": "b", "unmap": True}]}
    as_json = desk.anyone.post(f"{desk.url}/usermap", json=payload)

    assert answer.json() == as_json.json() == {"code": 200, "success": True}
    row = {"project_id": 100001, "user_id": "user-1", "global_user_id": "user-2"}
    assert desk.lab("GET", "/aliases").json()["aliases"] == [row]
    assert len({each.amplitude_id for each in desk.amplitude.happenings()}) == 2


@pytest.mark.parametrize(
    ("mapping", "status", "words"),
    [
        ([{"user_id": "a"}], 400, "Invalid mapping 0: global_user_id is missing"),
        ([{"global_user_id": "a"}], 400, "Invalid mapping 0: user_id is missing"),
        ("a", 400, "expected a list of objects"),
        ([5], 400, "expected an object"),
        ([{"user_id": "a", "global_user_id": "b"}] * 2001, 413, "Payload too large"),
    ],
)
def test_wrong_mappings_are_refused_whole(desk: Any, mapping: Any, status: int, words: str):
    """In words."""
    answer = post(desk, mapping)

    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert words in answer.json()["error"]
    assert desk.lab("GET", "/aliases").json()["aliases"] == []


def test_the_key_is_looked_at(desk: Any):
    """In the body, before the mappings are."""
    told = post(desk, [{}], api_key="nope")
    assert told.json() == {"code": 400, "error": "Invalid API key: nope"}
    assert desk.anyone.post(f"{desk.url}/usermap", data=b"{").json()["error"] == "Invalid JSON request body"
