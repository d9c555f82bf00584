"""Recorded calls: the bodies in what other tools recorded are payloads, each with its place in the recording."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any

import pytest

from contracts.check import contract
from contracts.errors import BadInput
from contracts.examining import Examination, Finding, Trouble
from contracts.reading import read, read_curl

BODY = {"userId": 42, "traits": {"plan": "pro"}}
BATCH = {"batch": [{"type": "identify", **BODY}]}
URL = "https://api.segment.io/v1/identify"
OTHER = {"method": "GET", "url": "https://shop.example/cart"}


def examine(document: Any, indent: int | None = None) -> list[Finding | Trouble]:
    """Return what is found in a recording."""
    examination = Examination(contract("event"))
    return list(examination.payloads(read(io.BytesIO(json.dumps(document, indent=indent).encode())), "calls.json"))


def har(*requests: dict[str, Any]) -> dict[str, Any]:
    """Return the HAR of some requests."""
    return {"log": {"version": "1.2", "entries": [{"request": each, "response": {"status": 200}} for each in requests]}}


def posted(body: Any, url: str = URL) -> dict[str, Any]:
    """Return a request of a HAR."""
    return {"method": "POST", "url": url, "postData": {"mimeType": "text/plain", "text": json.dumps(body)}}


FORMS = {
    "har": (har(OTHER, posted(BODY)), "/log/entries/1/request/postData/text"),
    "har, a short route": (har(posted(BODY, "https://t.example/v1/i?x=1")), "/log/entries/0/request/postData/text"),
    "har, a proxy of one's own": (
        har(posted({"type": "identify", **BODY}, "https://shop.example/collect")),
        "/log/entries/0/request/postData/text",
    ),
    "postman": (
        {
            "info": {"name": "calls"},
            "item": [
                {"name": "folder", "item": [{"name": "no body", "request": OTHER}]},
                {"request": {"method": "POST", "url": {"raw": URL}, "body": {"mode": "raw", "raw": json.dumps(BODY)}}},
            ],
        },
        "/item/1/request/body/raw",
    ),
    "postman, from its API": (
        {
            "collection": {
                "info": {},
                "item": [{"request": {"url": URL, "method": "POST", "body": {"raw": json.dumps(BODY)}}}],
            }
        },
        "/collection/item/0/request/body/raw",
    ),
    "nock": (
        [{"scope": "https://api.segment.io:443", "method": "POST", "path": "/v1/batch", "body": BATCH}],
        "/0/body",
    ),
    "charles": (
        [
            {
                "method": "POST",
                "host": "api.segment.io",
                "path": "/v1/identify",
                "request": {"body": {"text": json.dumps(BODY)}},
            }
        ],
        "/0/request/body/text",
    ),
    "hoppscotch": (
        {
            "v": 2,
            "folders": [],
            "requests": [{"endpoint": URL, "method": "POST", "body": {"contentType": "x", "body": json.dumps(BODY)}}],
        },
        "/requests/0/body/body",
    ),
    "insomnia": (
        {
            "_type": "export",
            "resources": [{"_type": "request", "url": URL, "method": "POST", "body": {"text": json.dumps(BODY)}}],
        },
        "/resources/0/body/text",
    ),
    "wiremock": (
        {"requests": [{"request": {"url": "/v1/identify", "method": "POST", "body": json.dumps(BODY)}}]},
        "/requests/0/request/body",
    ),
    "mockserver": (
        [{"method": "POST", "path": "/v1/identify", "body": {"type": "JSON", "json": BODY}}],
        "/0/body/json",
    ),
    "vcr": (
        {"http_interactions": [{"request": {"uri": URL, "method": "post", "body": {"string": json.dumps(BODY)}}}]},
        "/http_interactions/0/request/body/string",
    ),
    "vcrpy": (
        {"interactions": [{"request": {"uri": URL, "method": "POST", "body": json.dumps(BODY)}}]},
        "/interactions/0/request/body",
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_bodies_of_recorded_calls_are_judged(form: str, indent: int | None) -> None:
    """The route says which call it is; the finding points into the recording."""
    document, where = FORMS[form]
    inner = "/batch/0/userId" if form == "nock" else "/userId"

    (found,) = examine(document, indent)

    assert isinstance(found, Finding)
    assert (found.code, found.pointer) == ("D204", where + inner)
    line = json.dumps(document, indent=indent).splitlines()[found.line - 1]
    assert any(each in line[found.column - 1 :] for each in ('"userId": 42', json.dumps('"userId": 42')[1:-1]))


GZIP = base64.b64encode(gzip.compress(json.dumps(BODY).encode(), mtime=0)).decode()
PLAIN = base64.b64encode(json.dumps(BODY).encode()).decode()
IN_BASE64 = {
    "har": ({"postData": {"mimeType": "application/json", "encoding": "base64", "text": GZIP}}, "/postData/text"),
    "vcr": ({"body": {"encoding": "ASCII-8BIT", "base64_string": GZIP}}, "/body/base64_string"),
    "wiremock": ({"bodyAsBase64": PLAIN, "body": ""}, "/bodyAsBase64"),
    "mockserver": ({"body": {"type": "BINARY", "base64Bytes": PLAIN}}, "/body/base64Bytes"),
}


@pytest.mark.parametrize("form", IN_BASE64)
def test_a_body_in_base64_is_judged_inflated_if_it_is_gzip(form: str) -> None:
    """As recorders write what is bytes to them; the finding stands where the Base64 does."""
    body, where = IN_BASE64[form]

    (found,) = examine(har(OTHER, {"method": "POST", "url": URL, **body}), indent=2)

    assert isinstance(found, Finding)
    assert (found.code, found.pointer) == ("D204", f"/log/entries/1/request{where}/userId")
    line = json.dumps(har(OTHER, {"method": "POST", "url": URL, **body}), indent=2).splitlines()[found.line - 1]
    assert (GZIP if GZIP in line else PLAIN) in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no base64!", "no Base64"),
        (GZIP[:24], "cut off"),
        (base64.b64encode(b"\x1f\x8bnothing").decode(), "cannot be inflated"),
        (base64.b64encode(b"half of a").decode(), "in the body at"),
    ],
)
def test_a_body_in_base64_that_is_none_is_told_where_it_stands(text: str, words: str) -> None:
    """Also half a body, and one that is no JSON inside."""
    request = {"method": "POST", "url": URL, "postData": {"encoding": "base64", "text": text}}

    (found, _) = examine(har(request, posted(BODY)))

    assert isinstance(found, Finding)
    assert found.code == "J001"
    assert words in found.violation.found
    assert "/log/entries/0/request/postData/text" in found.violation.found


def test_bytes_that_go_elsewhere_are_nobodys_business() -> None:
    """A picture that was uploaded to a shop."""
    upload = {
        "method": "POST",
        "url": "https://shop.example/photos",
        "postData": {"encoding": "base64", "text": "iVBORw0K"},
    }

    (found,) = [each for each in examine(har(upload, posted(BODY))) if isinstance(each, Finding)]

    assert (found.code, found.pointer) == ("D204", "/log/entries/1/request/postData/text/userId")


def test_a_recording_without_a_call_to_segment_is_named() -> None:
    """Nothing was judged, and the report says so."""
    (found,) = examine(har(OTHER, OTHER))

    assert isinstance(found, Trouble)
    assert "a HAR" in found.words
    assert "2 requests; none is a call to Segment" in found.words


def test_a_body_that_is_no_json_is_told_where_it_stands() -> None:
    """A variable that was never filled in, a form, half of a body."""
    request = {"method": "POST", "url": URL, "body": {"mode": "raw", "raw": '{"userId": {{user}}}'}}

    (found,) = examine({"info": {}, "item": [{"request": request}]})

    assert isinstance(found, Finding)
    assert found.code == "J001"
    assert "in the body at /item/0/request/body/raw" in found.violation.found


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"rules": []}, "a tracking plan"),
        ({"data": {"trackingPlan": {"rules": []}}}, "a tracking plan"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}, "a JSON Schema"),
        ({"cohorts": [{"id": "a", "members": []}]}, "a list of cohorts"),
        ({"format": 1, "findings": {}}, "a baseline"),
        ({"version": "2.1.0", "runs": []}, "a SARIF report"),
    ],
)
def test_a_document_of_ours_that_is_no_payload_is_named(document: dict[str, Any], words: str) -> None:
    """It is not taken for an event with everything missing, and the option that takes it is said."""
    (found,) = examine(document)

    assert isinstance(found, Trouble)
    assert words in found.words


@pytest.mark.parametrize(
    ("fields", "call"),
    [
        ({"traits": {}}, "identify"),
        ({"event": "x"}, "track"),
        ({"groupId": "g", "traits": {}}, "group"),
        ({}, "identify"),
    ],
)
def test_the_body_of_a_single_call_is_asked_for_its_contract(fields: dict[str, Any], call: str) -> None:
    """A file's own event without a `type` may be one; in a batch it is not."""
    alone, *_ = examine({"userId": "u", **fields})
    inside, *_ = examine({"batch": [{"userId": "u", **fields}]})

    assert isinstance(alone, Finding)
    assert isinstance(inside, Finding)
    assert (alone.code, inside.code) == ("D201", "D201")
    assert f"--contract {call}" in alone.violation.fix
    assert "batch" not in alone.violation.message
    assert "--contract" not in inside.violation.fix


def test_what_curl_sends_is_judged_where_it_stands() -> None:
    """Several commands, over several lines, with any of the options for data; `@file` is elsewhere."""
    body = json.dumps(BODY)
    text = f"""# as in the docs
curl -X POST https://api.segment.io/v1/identify \\
  -H 'Content-Type: application/json' \\
  --data-raw '{body}'
curl "$SEGMENT_BASE_URL/v1/track" --json='{{"userId": "u"}}' && echo done
curl https://api.segment.io/v1/batch -d @batch.json
"""

    examination = Examination(contract("event"))
    found = list(examination.payloads(read_curl(text.encode()), "calls.sh"))

    placed = [(each.code, each.line, each.column) for each in found if isinstance(each, Finding)]
    assert placed == [("D204", 4, 15), ("D206", 5, text.splitlines()[4].index("{") + 1)]
    assert examination.tally.payloads == 2


def test_a_shell_text_that_does_not_end_is_refused() -> None:
    """A quote that is open is no command."""
    with pytest.raises(BadInput, match="No closing quotation"):
        list(read_curl(b"curl -d '{"))
