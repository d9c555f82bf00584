"""A vendor that is content: 200, with as much of an answer as lets a destination go on to its next call."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from downstream.destination import Request, Response

_JSON: Final = {"content-type": "application/json"}
_ANYTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(("id", "Id", "_id"), "1"),
    **{name: [] for name in ("errors", "results", "data", "items", "users", "matches")},
    **dict.fromkeys(("access_token", "token"), "dummy"),
    **dict.fromkeys(("success", "ok"), True),
    **dict.fromkeys(("message", "result"), "ok"),
    **dict.fromkeys(("expires_in", "expires"), 3600),
    "token_type": "Bearer",
    "status": "success",
    "code": 0,
    "error": None,
}
"""Names that vendors answer with, each as a destination reads it."""

_STS: Final = (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
    "<AccessKeyId>dummy</AccessKeyId><SecretAccessKey>dummy</SecretAccessKey><SessionToken>dummy</SessionToken>"
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
)
_NONE_FOUND: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (r"sky\.blackbaud\.com/.*search", {"count": 0, "value": []}),
    (r"api\.devrev\.ai/.*rev-users\.list", {"rev_users": []}),
    (r"api\.devrev\.ai/.*accounts\.list", {"accounts": []}),
    (
        r"api\.devrev\.ai/",
        {
            **{name: {"id": "1"} for name in ("rev_user", "account", "tag")},
            "tags": [],
            "rev_orgs": [{"id": "1", "external_ref_issuer": "devrev:platform:revorg:account"}],
        },
    ),
    (r"salesforce\.com/services/data/.*query", {"totalSize": 0, "records": [], "done": True}),
    (r"api\.hubapi\.com/crm/v3/objects/contacts/?.*(search|/batch/read)", {"total": 0, "results": []}),
    (r"api\.intercom\.io/contacts/search", {"total_count": 0, "data": []}),
    (r"pipedrive\.com/.*(search|find)", {"success": True, "data": {"items": []}}),
)
"""Vendors that are searched before they are written to: nobody is known there yet."""

_IS_SEARCHED: Final = re.compile("|".join(pattern for pattern, _ in _NONE_FOUND))
_CONTENT: Final = Response(200, _JSON, orjson.dumps(_ANYTHING))


def plausible(request: Request) -> Response:
    """Answer as a vendor does that takes everything and knows nobody yet."""
    url = request.url
    if "amazonaws.com" in url and re.search(r"sts\.[a-z0-9-]*\.?amazonaws\.com", url):
        return Response(200, {"content-type": "text/xml"}, _STS.encode())
    if "goacoustic.com/XMLAPI" in url:
        content = b"<Envelope><Body><RESULT><SUCCESS>true</SUCCESS></RESULT></Body></Envelope>"
        return Response(200, {"content-type": "text/xml"}, content)
    if "//kinesis." in url:
        return Response(200, {"content-type": "application/x-amz-json-1.1"}, _stored(request.body))
    if _IS_SEARCHED.search(url):
        for pattern, answer in _NONE_FOUND:
            if re.search(pattern, url):
                return Response(200, _JSON, orjson.dumps(answer))
    return _CONTENT


def _stored(body: bytes) -> bytes:
    """Answer Kinesis's PutRecords: every record has a place."""
    try:
        records = orjson.loads(body)["Records"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        records = []
    stored = [{"SequenceNumber": str(place), "ShardId": "shardId-000000000000"} for place, _ in enumerate(records, 1)]
    return orjson.dumps({"FailedRecordCount": 0, "Records": stored})
