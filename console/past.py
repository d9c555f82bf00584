"""The past: a recorded run as a lab to look at, as it was after any of its entries.

A path says after which, `/at/PLACE/...`; without that it is the last one. A lab of that moment is made when a page asks
for one, and the last few are kept.
"""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from flask import request

from console.desk import Console
from mock_core.errors import NotFound
from scenarios.recordings import Recorded, Recording, summary

if TYPE_CHECKING:
    from scenarios.lab import Lab

PLACE_KEY = "console.place"  # where a request's environment has it
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Station:
    """One entry of a run: the step it belongs to, in words, and the entry itself in words."""

    step: int
    words: str
    fake: str
    summary: str


@dataclass
class Past(Console):
    """A recorded run; `stations` are its entries, of which the first has the place 1."""

    file: Path = field(kw_only=True)
    run: Recorded = field(kw_only=True)
    stations: list[Station] = field(kw_only=True)

    def __post_init__(self) -> None:
        self._labs: dict[int, Lab] = {self.run.entries: self.lab}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, file: Path, run: Recorded) -> Self:
        """Read a run; raise what is wrong with the recording."""
        with closing(Recording(file)) as recording:
            entries = recording.entries(run.run, run.entries)
            stations = [Station(each.step, each.words, each.fake, summary(each)) for each in entries]
            return cls(recording.lab(run, run.entries), file=file, run=run, stations=stations)

    @property
    def is_past(self) -> bool:
        return True

    @property
    def place(self) -> int:
        """After which entry the request looks at the lab."""
        said = request.environ.get(PLACE_KEY, str(self.run.entries))
        if not said.isdecimal() or len(said) > 9 or int(said) > self.run.entries:
            raise NotFound(f"The recording has no moment {said[:20]!r}: it has {self.run.entries} entries.")
        return int(said)

    def seen(self) -> Lab:
        """Return the lab as it was at the moment that the request is about."""
        place = self.place
        with self._lock:
            found = self._labs.pop(place, None)
            if found is None:
                with closing(Recording(self.file)) as recording:  # a connection belongs to its thread
                    found = recording.lab(self.run, place)
            self._labs[place] = found  # the one used last stands last
            while len(self._labs) > _KEPT:
                self._labs.pop(next(iter(self._labs)))  # closed when whoever still reads it lets go
            return found

    def moment(self) -> dict[str, Any]:
        """Return what the slider shows."""
        place = self.place
        station = self.stations[place - 1] if place else Station(0, "nothing has happened yet", "", "")
        root = request.script_root.partition("/at/")[0]
        query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
        return {
            "place": place,
            "last": self.run.entries,
            "title": self.run.title,
            "passed": self.run.passed,
            "station": station,
            "root": root,
            "rest": f"{request.path}{query}",
        }

    def close(self) -> None:
        """Let go of the pages that watch, and of the labs."""
        super().close()
        with self._lock:
            labs, self._labs = list(self._labs.values()), {}
        for lab in labs:
            lab.close()
