"""Keeps the warehouses of a served lab going: loads become due by the clock alone, when nobody says anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Final

from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.warehouse import Warehouse
from mock_core.errors import LabError
from mock_segment import SegmentFake

_SECONDS: Final = 1.0


class Pump:
    """A thread that settles the warehouses somebody wants, until its block ends; what is left is loaded then."""

    def __init__(self, fake: SegmentFake) -> None:
        self._fake = fake
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warehouse", daemon=True)

    def __enter__(self) -> Pump:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        for warehouse in self._wanted():
            with suppress(WarehouseTrouble):  # it is told as a failure
                warehouse.load()

    def _wanted(self) -> Iterator[Warehouse]:
        for name in self._fake.workspaces.names():
            state = self._fake.workspaces.find(name)
            for addition in () if state is None else tuple(state.workspace.additions.values()):
                if isinstance(addition, Warehouse) and addition.is_wanted:
                    yield addition

    def _run(self) -> None:
        while not self._over.wait(_SECONDS):
            for warehouse in self._wanted():
                try:
                    warehouse.settle()
                except LabError:  # the workspace was dropped meanwhile, or its disk is full: callers are told
                    continue
                except Exception as error:
                    self._fake.broken.append(error)
                    return
