"""What a lab was told about its warehouse: the settings, and which were in force when a load was due.

A fold over control entries of the journal, so that a lab that begins again, and a recording of it, know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.rule import Schema
from downstream.warehouse.settings import WarehouseSettings
from mock_core.journal import Entry, Journal, MemoryFold, shape
from mock_core.settings import adopted

SET: Final = "warehouse.settings.set"
SHAPES: Mapping[str, Schema] = {SET: shape("changes", changes={"type": "object"})}


class SettingsFold(MemoryFold):
    """The settings as of now; a lab that was told nothing has those of `base`."""

    kind = "control"
    settings: WarehouseSettings

    def __init__(self, journal: Journal, base: WarehouseSettings) -> None:
        self._base = base
        self._changes: list[tuple[int, int, WarehouseSettings]] = []  # when (milliseconds), in which entry, since then
        super().__init__(journal)

    def clear(self) -> None:
        self.settings = self._base
        self._changes = []

    def apply(self, entry: Entry) -> None:
        if entry.data["op"] == SET:
            self.settings, _ = adopted(self.settings, entry.data["changes"])
            self._changes.append((entry.at, entry.seq, self.settings))

    @property
    def is_told(self) -> bool:
        """Whether the journal speaks of a warehouse."""
        return bool(self._changes)

    def in_force(self, due: int, first: int) -> WarehouseSettings:
        """Return the settings of a load by when it is due (milliseconds) and the entry that it begins with.

        A lab settles before it is told anything: of a load that was due before a change, the settings are those before.
        """
        found = self._base
        for at, seq, settings in self._changes:
            if at < due or seq < first:
                found = settings
        return found
