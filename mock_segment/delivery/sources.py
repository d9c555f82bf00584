"""What the lab was told about this Segment: its sources by write key, its OAuth apps, its settings.

A pure reducer over control entries, used by whoever needs it as of some entry of the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypedDict

from mock_core.credentials import mistaken
from mock_core.journal import Entry, MemoryFold
from mock_core.settings import adopted
from mock_segment.delivery.verdicts import DISCARDED, Verdict
from mock_segment.settings import SegmentSettings


@dataclass(frozen=True, slots=True)
class Source:
    """A Segment source: the write key it is reached by, and how it takes events.

    `oauth` sources want a Bearer token with every upload. `cdn` is merged into the settings that browsers fetch.
    """

    write_key: str
    name: str
    region: str = "us"
    enabled: bool = True
    oauth: bool = False
    cdn: Mapping[str, Any] = field(default_factory=dict)


class SourceChanges(TypedDict, total=False):
    """What one may say of a source; what is left out stays as it is."""

    name: str
    region: str
    enabled: bool
    oauth: bool
    cdn: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An OAuth application: its id, the id of its key and the public half of it, in PEM."""

    client_id: str
    key_id: str
    public_key: str


class Registry:
    """Sources, OAuth apps and settings after some control entries."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.apps: dict[str, OAuthApp] = {}
        self.used_assertions: set[str] = set()
        self.settings = SegmentSettings()
        self.captured_since = 0
        self.notes: list[str] = []  # what a journal of another version says and this one does not do

    def apply(self, entry: Entry) -> None:
        """Let one control entry change the registry."""
        data = entry.data
        match data["op"]:
            case "source.put":
                self.sources[data["write_key"]] = Source(**_own(Source, data))
            case "oauth.app.put":
                self.apps[data["client_id"]] = OAuthApp(**_own(OAuthApp, data))
            case "oauth.assertion":
                self.used_assertions.add(data["jti"])
            case "settings.set":
                self.settings, notes = adopted(self.settings, data["changes"])
                self.notes += notes
            case "reset.captures":
                self.captured_since = entry.seq

    def verdict_on(self, write_key: str) -> Verdict | None:
        """Return what becomes of every event of a write key, or None when its source takes them.

        Codes: segment facts 1.8 [doc], 6 (1, 5). A key of the other region is dropped without a word (1.1 [obs]); no
        code is published for it, so it is told as an unknown source, which it is to this region [inferred].
        """
        source = self.sources.get(write_key)
        policy = self.settings.unknown_key
        if source is None:
            unknown = policy == "discard" or (policy == "discard-once-registered" and bool(self.sources))
            what = mistaken(write_key)
            words = f"no source has this write key: {what}" if what else "no source has this write key"
            return Verdict(DISCARDED, "unknown_source", words) if unknown else None
        if source.region != self.settings.region:
            words = f"this write key is of region {source.region}, and this fake stands for {self.settings.region}"
            return Verdict(DISCARDED, "unknown_source", words)
        return None if source.enabled else Verdict(DISCARDED, "source_disabled", "the source is disabled")


def _own(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the fields of a dataclass; an older journal may lack the newer ones."""
    return {name.name: data[name.name] for name in fields(kind) if name.name in data}


class RegistryFold(MemoryFold):
    """The registry as of now."""

    kind = "control"
    registry: Registry

    def clear(self) -> None:
        self.registry = Registry()

    def apply(self, entry: Entry) -> None:
        self.registry.apply(entry)


def source_put(existing: Source | None, write_key: str, changes: SourceChanges) -> Source:
    """Return the source as it stands after a change; a new one is named after its key's beginning."""
    return replace(existing or Source(write_key, f"source {write_key[:4]}"), **changes)
