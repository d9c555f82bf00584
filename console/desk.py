"""What pages work with: the lab that is shown, and of it the one workspace that a request is about.

A path says which, `/w/NAME/...`; without that it is the default one. The part is moved out of the path before a route
is looked for (`console/app.py`), so that every link a page makes stays in its workspace by itself.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import current_app, request

from mock_core.clock import LabClock
from mock_core.errors import NotFound
from mock_core.workspace import DEFAULT

if TYPE_CHECKING:
    from mock_amplitude import AmplitudeState
    from mock_segment import SegmentState
    from scenarios.lab import Address, Lab

EXTENSION = "console"
WORKSPACE_KEY = "console.workspace"  # where a request's environment has it


@dataclass
class Console:
    """A lab, where it is reached, and what goes with showing it: who may, and whether it is over.

    `token` is the control plane's, which is asked for beyond loopback; `form_token` goes with every change that a page
    asks for, so that no other site can ask for one.
    """

    lab: Lab
    address: Address | None = None
    token: str | None = None
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    name: str = field(default_factory=lambda: secrets.token_hex(4))  # tells it from a console before it
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def is_past(self) -> bool:
        """Whether what is shown is over: a recording, of which nothing can be changed."""
        return False

    def seen(self) -> Lab:
        """Return the lab that the request is about."""
        return self.lab

    def workspaces(self) -> list[str]:
        """Return the workspaces that either fake has."""
        lab = self.seen()
        names = {*lab.amplitude_fake.workspaces.names(), *lab.segment_fake.workspaces.names()}
        return sorted(names, key=lambda name: (name != DEFAULT, name))

    def desk(self, name: str = DEFAULT) -> Desk:
        """Return one workspace of both fakes; raise `NotFound` for one that neither has."""
        if name != DEFAULT and name not in self.workspaces():
            raise NotFound(f"There is no workspace {name!r}.")
        lab = self.seen()
        return Desk(name, lab.amplitude_fake.workspaces.get(name), lab.segment_fake.workspaces.get(name))

    def close(self) -> None:
        """Let go of the pages that watch."""
        self.over.set()


@dataclass(frozen=True, slots=True)
class Desk:
    """One workspace of both fakes."""

    name: str
    amplitude: AmplitudeState
    segment: SegmentState

    @property
    def clock(self) -> LabClock:
        return self.segment.workspace.clock


def console() -> Console:
    """Return what the application at work shows."""
    found: Console = current_app.extensions[EXTENSION]
    return found


def desk() -> Desk:
    """Return the workspace that the request is about."""
    return console().desk(request.environ.get(WORKSPACE_KEY, DEFAULT))
