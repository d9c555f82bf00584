"""The console beside a served lab: made when a browser first asks for it, so that no lab starts slower for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.saying import say
from mock_core.wire import Application, Environ, Server, StartResponse

if TYPE_CHECKING:
    from scenarios.lab import Address, Lab
    from scenarios.recordings import Recorded


class LazyConsole:
    """A console that does not exist before it is asked for; `close` it before the server that serves it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._lock = threading.Lock()
        self._address: Address | None = None
        self._app: Any = None

    def at(self, address: Address) -> Application:
        """Return the application that shows a lab served there."""
        self._address = address
        return self._answer

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            if self._app is None:
                from console import create_app  # noqa: PLC0415 - most labs are never looked at

                token = None if self._address is None else self._address.token
                self._app = create_app(self._lab, address=self._address, token=token)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def close(self) -> None:
        """Let the pages that watch go."""
        if self._app is not None:
            self._app.extensions["console"].close()


def show_past(file: Path, run: Recorded, port: int) -> None:
    """Serve the console of a recorded run on this machine and open it; return when interrupted."""
    from console import create_past_app  # noqa: PLC0415 - a command that prints has no use for it

    app = create_past_app(file, run)
    stopped = threading.Event()
    with Server(app, port=port) as server:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        say(f"Console: {server.url}/")
        say("Ctrl-C ends it.")
        click.launch(f"{server.url}/")
        stopped.wait()
        app.extensions["console"].close()
