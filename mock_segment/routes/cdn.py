"""What browsers fetch before they send anything: the source's settings, and the library itself (segment facts 1.2).

The settings are the smallest that keep analytics-next happy [sdk]. The library is not ours to ship: the fake
serves it from a folder holding the `dist/umd` of `@segment/analytics-next`, when it was given one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mock_core.exchange import Call, Exchange, Reply, json_reply
from mock_core.workspace import DEFAULT
from mock_segment.delivery import merged
from mock_segment.errors import refusal
from mock_segment.state import SegmentState

_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.js")
_KEY = re.compile(r"[A-Za-z0-9._-]+")
_PLACEHOLDER = b"__WRITE_KEY__"  # Segment's CDN writes the source's key over it
_JAVASCRIPT = (("Content-Type", "application/javascript; charset=utf-8"),)


def settings_document(write_key: str, api_host: str, scheme: str, override: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a source; `override` wins where it says something."""
    document = {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": api_host,
                "protocol": scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": True,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {
            "track": {"__default": {"enabled": True, "integrations": {}}},
            "identify": {"__default": {"enabled": True}},
            "group": {"__default": {"enabled": True}},
        },
        "middlewareSettings": {"routingRules": []},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
        "legacyVideoPluginsEnabled": False,
        "consentSettings": {"allCategories": [], "hasUnmappedDestinations": True},
    }
    return merged(document, override)


def settings(state: SegmentState, exchange: Exchange, write_key: str) -> Reply:
    """Answer the settings of a source; for one that is unknown or disabled a 404, which the browser throws.

    It then sends nothing at all (segment facts 1.2 [sdk], 6 (36)). Both regions have the same CDN (1.1 [doc]), so a key
    of the other one has its settings here too.
    """
    source, verdict = state.source(write_key), state.verdict_on(write_key)
    if verdict is not None and (source is None or not source.enabled):
        return _missing(f"No settings for this write key: {verdict.reason} ({verdict.code}).")
    call = exchange.call
    document = settings_document(write_key, f"{_base(state, call)}/v1", call.scheme, source.cdn if source else {})
    return json_reply(200, document)


def _base(state: SegmentState, call: Call) -> str:
    host = call.header("host") or "localhost"
    name = state.workspace.name
    return host if name == DEFAULT else f"{host}/__lab/w/{name}"


def library(state: SegmentState, _exchange: Exchange, write_key: str) -> Reply:
    """Answer the loader script of a source, with its write key in it (segment facts 1.2 [sdk])."""
    if not _KEY.fullmatch(write_key):
        return _missing("A write key is letters, digits, dots, dashes and underscores.")
    reply = _file(state.bundles, "standalone.js")
    return Reply(reply.status, reply.body.replace(_PLACEHOLDER, write_key.encode()), reply.headers)


def bundle(state: SegmentState, _exchange: Exchange, name: str) -> Reply:
    """Answer one of the files that the loader script loads later (segment facts 1.2 [sdk])."""
    return _file(state.bundles, name.rpartition("/")[2])


def _file(folder: Path | None, name: str) -> Reply:
    if folder is None:
        return _missing("This lab has no analytics-next to serve: give cohortlab up --bundles its dist/umd.")
    try:
        script = (folder / name).read_bytes() if _FILE.fullmatch(name) else None
    except OSError:  # not there, no file, or a name too long for one
        script = None
    if script is None:
        return _missing(f"There is no {name[:80]!r} in the folder of analytics-next.")
    return Reply(200, script, _JAVASCRIPT)


def _missing(words: str) -> Reply:
    return refusal(404, words, "not_found")
