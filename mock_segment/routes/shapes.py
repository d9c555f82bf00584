"""What goes in and comes out of Segment's routes, as JSON Schemas for the OpenAPI document (segment facts 1.2, 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]

_TEXT: Shape = {"type": "string"}
_ANY: Shape = {"type": "object"}


def _closed(**properties: Shape) -> Shape:
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


EVENT_BODY: Shape = {
    "type": "object",
    "properties": {
        "writeKey": _TEXT,
        "userId": {"type": ["string", "null"]},
        "anonymousId": {"type": ["string", "null"]},
        "messageId": _TEXT,
        "timestamp": _TEXT,
        "traits": _ANY,
        "properties": _ANY,
        "context": _ANY,
        "integrations": _ANY,
    },
}
BATCH_BODY: Shape = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": _ANY},
        "writeKey": _TEXT,
        "sentAt": _TEXT,
        "context": _ANY,
        "integrations": _ANY,
    },
}
TOKEN_FORM: Shape = {
    "type": "object",
    "properties": dict.fromkeys(("grant_type", "client_assertion_type", "client_assertion", "scope"), _TEXT),
}

_VERDICT = _closed(verdict={"enum": ["delivered", "discarded", "duplicate", "unjudged"]}, code=_TEXT, reason=_TEXT)
TAKEN: Shape = {
    "type": "object",
    "required": ["success"],
    "properties": {
        "success": {"const": True},
        "verdicts": {"type": "array", "items": _VERDICT, "description": "when X-Lab-Verdicts asks for them"},
        "batch": {**_TEXT, "description": "the code of a batch as a whole, beside its verdicts"},
    },
    "additionalProperties": False,
}
REFUSED = _closed(success={"const": False}, message=_TEXT, code=_TEXT)
UPLOADED: Mapping[int, Shape] = {200: TAKEN, 400: REFUSED, 401: REFUSED, 429: REFUSED}

TOKEN = _closed(
    access_token=_TEXT, token_type={"const": "Bearer"}, expires_in={"type": "integer", "minimum": 0}, scope=_TEXT
)
_NO_TOKEN = _closed(error=_TEXT, error_description=_TEXT)
SOLD: Mapping[int, Shape] = {200: TOKEN, 400: _NO_TOKEN, 401: _NO_TOKEN, 415: _NO_TOKEN}

SETTINGS: Shape = {
    "type": "object",
    "required": ["integrations", "plan", "middlewareSettings", "enabledMiddleware", "metrics", "consentSettings"],
    "properties": {
        "integrations": {"type": "object", "required": ["Segment.io"], "additionalProperties": _ANY},
        "plan": {"type": "object", "additionalProperties": _ANY},
        "metrics": {"type": "object", "properties": {"sampleRate": {"type": "number"}}},
        "remotePlugins": {"type": "array"},
        "legacyVideoPluginsEnabled": {"type": "boolean"},
    },
}
FOUND_SETTINGS: Mapping[int, Shape] = {200: SETTINGS, 404: REFUSED}
FOUND_SCRIPT: Mapping[int, Shape] = {404: REFUSED}
