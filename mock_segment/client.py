"""A client for a Segment fake in another process: the methods of `SegmentState`, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from mock_core.control import LabClient
from mock_segment.delivery import LostEvent, OAuthApp, Profile, SeenEvent, Source, SourceChanges, Tally, Verdicts


class SegmentClient(LabClient):
    """One workspace of a Segment fake, by the fake's base URL."""

    vendor = "segment"

    def put_source(self, write_key: str, **changes: Unpack[SourceChanges]) -> Source:
        """Register a source by its write key, or change what is given of one that exists."""
        return Source(**self.call("POST", "sources", {"write_key": write_key, **changes}).json())

    def sources(self) -> list[Source]:
        """Return the registered sources."""
        return [Source(**source) for source in self.call("GET", "sources").json()]

    def put_oauth_app(self, client_id: str, key_id: str, public_key: str) -> OAuthApp:
        """Register an OAuth application, from when on assertions are verified."""
        app = {"client_id": client_id, "key_id": key_id, "public_key": public_key}
        return OAuthApp(**self.call("POST", "oauth-apps", app).json())

    def tally(self) -> Tally:
        """Return the number of events by (write key, type, verdict, code)."""
        rows = self.call("GET", "tally").json()
        return {(row["write_key"], row["type"], row["verdict"], row["code"]): row["events"] for row in rows}

    def events(self, **filters: str) -> list[SeenEvent]:
        """Return events in the order of arrival, with what Segment would hand on."""
        return [SeenEvent(**{**row, "notes": tuple(row["notes"])}) for row in self.rows("events", **filters)]

    def verdicts(self, **filters: str) -> Verdicts:
        """Return what became of every event, refused ones too, without the events themselves."""
        return Verdicts(SeenEvent(**row) for row in self.rows("verdicts", **filters))

    def lost(self, **filters: str) -> list[LostEvent]:
        """Return what was lost for good: refused at each attempt, and never delivered under the same messageId."""
        return [LostEvent(**row) for row in self.rows("lost", **filters)]

    def batches(self, **filters: str) -> list[dict[str, Any]]:
        """Return what became of each batch as a whole."""
        return list(self.rows("batches", **filters))

    def profile(self, user_id: str) -> Profile:
        """Return a user's profile; one nobody told Segment about has no traits."""
        row = next(self.rows("profiles", user_id=user_id), None)
        return Profile(user_id) if row is None else _profile(row)

    def profiles(self, **filters: str) -> dict[str, Profile]:
        """Return every profile by user id, or those with a trait, or with a value of it."""
        return {row["user_id"]: _profile(row) for row in self.rows("profiles", **filters)}

    def trait_history(self, user_id: str, trait: str) -> list[dict[str, Any]]:
        """Return every delivered value of one trait of one user, in the order of delivery."""
        return list(self.rows("trait-history", user_id=user_id, trait=trait))


def _profile(row: Mapping[str, Any]) -> Profile:
    return Profile(**{**row, "notes": tuple(row["notes"])})
