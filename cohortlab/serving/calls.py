"""Vendor calls in a line each: when, to which fake, what was asked, what was answered, what became of the events."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from contracts.foreign import cut
from mock_core.clock import iso
from mock_core.errors import LabError
from mock_core.workspace import DEFAULT
from mock_segment.delivery import refused_events

if TYPE_CHECKING:
    from mock_amplitude import AmplitudeFake
    from mock_core.journal import Entry
    from mock_core.workspace import Workspace
    from mock_segment import SegmentFake
    from scenarios.lab import Lab

MOST_WAITING = 1_000  # calls whose lines are not written yet; more at once are told by their number
_POLL = "/request-status/"  # asked until it is answered otherwise
_SHOWN = 100  # columns of what was asked, and of why it was refused


def call_line(fake: AmplitudeFake | SegmentFake, workspace: Workspace, entry: Entry) -> str:
    """Say in one line what a call was and what became of it, foreign text escaped.

    `09:00:02.143 segment   POST /v1/batch 200: 2 delivered, 1 discarded (no_user_anon_id)`
    """
    data = entry.data
    asked = cut(f"{data['method']} {data['path']}", _SHOWN)
    status = "no reply" if data.get("reset") else data["status"]
    told = ", ".join(_account(fake, workspace, entry))
    home = "" if workspace.name == DEFAULT else f" [{workspace.name}]"
    return f"{iso(entry.at)[11:23]} {fake.vendor:<9} {asked} {status}{f': {told}' if told else ''}{home}"


def _account(fake: AmplitudeFake | SegmentFake, workspace: Workspace, entry: Entry) -> Iterator[str]:
    data = entry.data
    kinds = {armed.id: armed.kind for armed in workspace.faults}
    for fault_id in data.get("faults", ()):
        yield f"{fault_id} ({kinds[fault_id]})" if fault_id in kinds else fault_id
    if "refused" in data and not data.get("faults"):
        yield cut(str(data["refused"]["message"]), _SHOWN)
    if workspace.clock.is_frozen and (data["status"] == 429 or (data["status"] == 202 and _POLL in data["path"])):
        yield "the lab's clock stands still"
    state: Any = fake.workspaces.find(workspace.name)
    if state is not None and "stored" in data:
        counted = Counter((each.verdict, each.code) for each in state.verdicts_of(entry.seq))
        for (verdict, code), events in sorted(counted.items()):
            yield f"{events:,} {verdict}{f' ({code})' if code else ''}"
    elif "upload" in data:
        refused = sum(1 for _ in refused_events(entry, None))
        if refused:
            yield f"{refused:,} event{'' if refused == 1 else 's'} refused"


class CallTeller:
    """Tells the calls to a lab, one line each, from a thread of its own: whoever calls waits for nobody's terminal.

    A context manager. When calls come faster than lines can be written, the newest are told and the rest counted.
    """

    def __init__(self, lab: Lab, tell: Callable[[str], None]) -> None:
        self._lab = lab
        self._tell = tell
        self._waiting: deque[tuple[Any, Workspace, int]] = deque(maxlen=MOST_WAITING)
        self._came = 0
        self._counting = threading.Lock()
        self._something = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="calls", daemon=True)

    def __enter__(self) -> CallTeller:
        for fake in (self._lab.amplitude_fake, self._lab.segment_fake):
            fake.watch = lambda workspace, seq, fake=fake: self._note(fake, workspace, seq)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for fake in (self._lab.amplitude_fake, self._lab.segment_fake):
            fake.watch = None
        self._is_over = True
        self._something.set()
        self._thread.join()

    def _note(self, fake: Any, workspace: Workspace, seq: int) -> None:
        with self._counting:
            self._waiting.append((fake, workspace, seq))
            self._came += 1
        self._something.set()

    def _run(self) -> None:
        told = 0
        while not self._is_over or self._waiting:
            self._something.wait()
            self._something.clear()
            while self._waiting:
                with self._counting:
                    missed = self._came - told - len(self._waiting)
                    fake, workspace, seq = self._waiting.popleft()
                told += missed + 1
                try:
                    if missed:
                        self._tell(f"... {missed:,} calls are not shown")
                    self._tell_one(fake, workspace, seq)
                except (OSError, ValueError):  # whoever read the lines has gone
                    self._is_over = True
                    self._waiting.clear()

    def _tell_one(self, fake: Any, workspace: Workspace, seq: int) -> None:
        with suppress(LabError):  # the workspace was dropped meanwhile, or its disk is full
            entry = workspace.journal.entry(seq)
            if entry is not None:  # a reset may have taken it away
                self._tell(call_line(fake, workspace, entry))
