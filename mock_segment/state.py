"""What the Segment fake knows of one workspace, and what one may ask of it or tell it.

The same methods serve Python callers and the control plane. What may be asked is in `answers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Unpack

from contracts.extras import lacking
from mock_core.errors import BadControl
from mock_core.journal import refuse_set_aside
from mock_core.settings import changed
from mock_core.workspace import Workspace
from mock_segment.answers import Answers
from mock_segment.delivery import (
    OAuthApp,
    Parsed,
    Source,
    SourceChanges,
    source_put,
)
from mock_segment.edge import FixedWindow
from mock_segment.settings import SegmentSettings


class SegmentState(Answers):
    """One workspace of the Segment fake.

    `bundles` is a folder with analytics-next's `dist/umd`; `on_source` hears of every write key registered.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        bundles: Path | None = None,
        on_source: Callable[[str, str], None] = lambda _key, _workspace: None,
    ) -> None:
        super().__init__(workspace)
        self.bundles = bundles
        self._window = FixedWindow()
        self._on_source = on_source
        workspace.on_load = self._announce
        self._announce()

    @classmethod
    def read_all(cls, workspace: Workspace) -> None:
        """Read every fold of a workspace; raise `JournalUnreadable` for an entry that one of them cannot take in."""
        cls(workspace).check()

    def _announce(self) -> None:
        """Read what the lab was told, of which every reading makes use, and tell whose write keys are here."""
        refuse_set_aside(self._registry_fold)
        self.workspace.notes = list(self._registry.notes)
        for source in self.sources():
            self._on_source(source.write_key, self.workspace.name)

    def is_foreign(self, write_key: str) -> bool:
        """Say whether a write key belongs to a source of the other region."""
        source = self.source(write_key)
        return source is not None and source.region != self.settings.region

    def wants_token(self, write_key: str) -> bool:
        """Say whether a source takes uploads with an access token only."""
        source = self.source(write_key)
        return source is not None and source.oauth

    def put_source(self, write_key: str, **changes: Unpack[SourceChanges]) -> Source:
        """Register a source by its write key, or change what is given of one that exists."""
        source = source_put(self.source(write_key), write_key, changes)
        self.workspace.control("source.put", asdict(source))
        self._on_source(write_key, self.workspace.name)
        return source

    def put_oauth_app(self, client_id: str, key_id: str, public_key: str) -> OAuthApp:
        """Register an OAuth application, from when on assertions are verified."""
        told = lacking("cryptography", "Verifying its assertions")
        if told:
            raise BadControl(told)
        app = OAuthApp(client_id, key_id, public_key)
        self.workspace.control("oauth.app.put", asdict(app))
        return app

    def oauth_app(self, client_id: str) -> OAuthApp | None:
        """Return the OAuth application of that id, if one is registered."""
        return self._registry.apps.get(client_id)

    def verifies_assertions(self) -> bool:
        """Say whether the signature of an assertion counts."""
        return bool(self._registry.apps) or self.settings.oauth_assertions == "verify"

    def use_assertion(self, jti: str) -> bool:
        """Use up an assertion by its id; return False when it was used before."""
        if jti in self._registry.used_assertions:
            return False
        self.workspace.control("oauth.assertion", {"jti": jti})
        return True

    def configure(self, **changes: Any) -> SegmentSettings:
        """Change settings by name."""
        changed(self.settings, changes)  # refuses before anything is recorded
        self.workspace.control("settings.set", {"changes": changes})
        return self.settings

    def take_turn(self) -> int | None:
        """Count one upload against the rate limit; return the seconds to wait when it is one too many."""
        settings = self.settings
        if settings.rate_limit_requests <= 0:
            return None
        now = self.workspace.clock.now_ms()
        return self._window.take(now, settings.rate_limit_requests, settings.rate_limit_seconds)

    def foresee(self, parsed: Parsed) -> None:
        """Spare the parsing of a batch that the edge has parsed."""
        self._delivery.captures.foresee(parsed)
