"""A pump for a lab that is served: lets what is built onto a fake do what is due while nobody asks.

A lab in this process needs none, for every reading settles first, and so does every move of the clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from mock_core.errors import LabError
from mock_core.fake import Fake

_SECONDS: Final = 0.25  # how long it rests when nothing comes: what falls due meanwhile is that late


def _settle(state: Any) -> None:
    state.workspace.settle()


class Pump:
    """Does what is due in every workspace of a fake from a thread of its own, as calls come and as time goes.

    A context manager. `act` does it for the state of one workspace: without it, what is built there settles.

    What breaks is one of the fake's `broken`, as what breaks while it serves; a full disk or a workspace that was
    dropped meanwhile is left for whoever asks next.
    """

    def __init__(self, fake: Fake[Any], act: Callable[[Any], object] = _settle) -> None:
        self._fake = fake
        self._act = act
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)

    def __enter__(self) -> Pump:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                last = self._fake.state.workspace.journal.last
                self._settle()
                self._fake.state.workspace.journal.wait_beyond(last, _SECONDS)
            except LabError:
                self._is_over.wait(_SECONDS)

    def _settle(self) -> None:
        for name in self._fake.workspaces.names():
            state = self._fake.workspaces.find(name)
            if state is not None:
                try:
                    self._act(state)
                except LabError:
                    continue
                except Exception as error:
                    self._fake.broken.append(error)
                    self._is_over.set()
