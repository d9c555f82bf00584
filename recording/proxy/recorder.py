"""The recorder: three addresses on loopback (Amplitude, Segment, stored files), and the journals made at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import urllib3

from mock_core.wire import Server
from recording.errors import OutputRefused
from recording.journals import Made, happenings
from recording.keeping import write_journals
from recording.material import Happened, RecordedCall
from recording.proxy.credentials import Credentials
from recording.proxy.forwarding import Forwarder, Ways
from recording.proxy.spool import Spool, opened, unfinished


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Where the real services are."""

    amplitude: str
    segment: str


class Recorder:
    """Records what goes to the real services while its block lasts; `on_call` hears of each call that was kept."""

    def __init__(
        self,
        real: Upstreams,
        folder: Path,
        *,
        amplitude_port: int = 0,
        segment_port: int = 0,
        on_call: Callable[[str, RecordedCall], None] = lambda _fake, _call: None,
    ) -> None:
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not unfinished(folder))):
            raise OutputRefused(f"{folder} is there already; name a folder that is not, or an empty one.")
        self._real, self._folder = real, folder
        self._ports = {"amplitude": amplitude_port, "segment": segment_port}
        self._on_call = on_call
        self._stack = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Listen."""
        self._spool = Spool(self._folder)
        pool = self._stack.enter_context(urllib3.PoolManager(num_pools=16, maxsize=64, retries=False))
        credentials, ways = Credentials(), Ways()

        def served(fake: str, real: str | None, port: int = 0) -> Server:
            app = Forwarder(
                fake, real, spool=self._spool, ways=ways, credentials=credentials, on_call=self._heard, pool=pool
            )
            return self._stack.enter_context(Server(app, port=port))

        try:
            self.amplitude_url = served("amplitude", self._real.amplitude, self._ports["amplitude"]).url
            self.segment_url = served("segment", self._real.segment, self._ports["segment"]).url
            ways.files_url = served("amplitude", None).url
        except BaseException:
            self._stack.close()
            self._spool.remove() if not len(self._spool) else self._spool.close()
            raise
        return self

    def _heard(self, fake: str, call: RecordedCall) -> None:
        with self._lock:
            self._on_call(fake, call)

    def __exit__(self, *_: object) -> None:
        """Stop listening; what was recorded waits in the spool for `finish`."""
        self._stack.close()

    def finish(self) -> dict[str, int]:
        """Write the journals of what was recorded, and return how many entries each has."""
        return finish(self._folder, self._spool)


def finish(folder: Path, spool: Spool | None = None) -> dict[str, int]:
    """Write the journals of a spool into its folder, and take the spool away when that is done."""
    spool = spool or opened(folder)
    calls = list(spool.calls())

    def entries() -> Iterator[Happened]:
        return happenings(calls, (), None, Made())

    counts = write_journals(entries(), folder, recorded=True)
    spool.remove()
    return counts
