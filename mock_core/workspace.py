"""Workspaces isolate one test from another on one server: own journal, clock, seed, faults and settings."""

from __future__ import annotations

import glob
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from contracts.nearest import nearest
from mock_core.clock import LabClock
from mock_core.errors import BadControl, NotFound
from mock_core.faults import Armed, Fault, FaultPlan
from mock_core.journal import Journal, is_journal
from mock_core.seed import Seed

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Workspace:
    """One isolated lab bench: everything a fake remembers hangs on it."""

    def __init__(
        self,
        name: str = DEFAULT,
        *,
        kinds: Mapping[str, type[Fault]],
        clock: LabClock | None = None,
        seed: int = 0,
        path: Path | None = None,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.clock = clock or LabClock()
        self.seed = Seed(seed)
        self.journal = Journal(path)
        self.faults = FaultPlan(kinds, self.seed.fresh("faults"))
        self.lock = threading.RLock()
        self.on_load: Callable[[], None] = lambda: None  # told when another journal took the place of this one
        if not self.journal.last and not self.journal.beginning:
            self._begin()
        self._restore()
        self.clock.observe(self._on_clock)

    def control(self, op: str, data: Mapping[str, Any] | None = None, body: bytes | None = None) -> int:
        """Record that the lab was told to do something; folds act on it."""
        return self.journal.append(self.clock.now_ms(), "control", {"op": op, **(data or {})}, body)

    def arm(self, spec: Mapping[str, Any]) -> Armed:
        """Arm a fault and record it."""
        armed = self.faults.arm(spec)
        self.control("fault.arm", {"spec": dict(spec)})
        return armed

    def lift(self, fault_id: str | None = None) -> int:
        """Lift one fault or all, and record it."""
        lifted = self.faults.lift(fault_id)
        self.control("fault.lift", {"id": fault_id})
        return lifted

    def reset(self, *, captures_only: bool = False) -> None:
        """Forget what was captured; without `captures_only` also every fault and everything set up.

        A full reset starts a new recording. The clock stays as it is, for other fakes tell the time by it, and the seed
        starts over: the recording says where it began, so that it goes on the same elsewhere. Forgetting captures keeps
        the old recording and marks the place.
        """
        if captures_only:
            self.control("reset.captures")
            return
        self.journal.clear()
        self.seed = Seed(self.seed.value)
        self.faults = FaultPlan(self.kinds, self.seed.fresh("faults"))
        self._begin()

    def load(self, path: Path) -> None:
        """Go on from a saved journal: its captures, what was set up, its faults and, when frozen, its clock."""
        self.journal.load(path)
        began = self.journal.beginning
        self.seed = Seed(began.get("seed", self.seed.value))
        self.faults = FaultPlan(self.kinds, self.seed.fresh("faults"))
        self.clock.forget(self._on_clock)
        self._restore(began.get("frozen_at"))
        self.clock.observe(self._on_clock)
        self.on_load()

    def reseed(self, value: int) -> None:
        """Start every random choice anew from this seed, and record it."""
        self._reseed(value)
        self.control("seed.set", {"seed": value})

    def _reseed(self, value: int) -> None:
        self.seed = Seed(value)
        self.faults.reseed(self.seed.fresh("faults"))

    def close(self) -> None:
        """Let go of the clock, the state and the journal, so that what they held is freed at once."""
        self.clock.forget(self._on_clock)
        self.on_load = lambda: None
        self.journal.close()

    def _on_clock(self, clock: LabClock) -> None:
        self.journal.append(clock.now_ms(), "clock", {"now": clock.now(), "frozen": clock.is_frozen})

    def _begin(self) -> None:
        frozen_at = self.clock.now() if self.clock.is_frozen else None
        self.journal.begin({"seed": self.seed.value, "frozen_at": frozen_at})

    def _restore(self, frozen_at: float | None = None) -> None:
        """Arm again the faults of a journal, with the counts they had, and stand where its clock stood."""
        for entry in self.journal.turns():
            if entry.kind == "control" and entry.data["op"] == "fault.arm":
                self.faults.arm(entry.data["spec"])
            elif entry.kind == "control" and entry.data["op"] == "fault.lift":
                self.faults.lift(entry.data["id"])
            elif entry.kind == "control" and entry.data["op"] == "seed.set":
                self._reseed(entry.data["seed"])
            elif entry.kind == "request":
                self.faults.recall(entry.data.get("faults", ()), entry.data.get("spared", ()))
            elif entry.kind == "clock":
                frozen_at = entry.data["now"] if entry.data["frozen"] else None
        if frozen_at is not None:
            self.clock.freeze(frozen_at)


class Clocks:
    """One clock per workspace name, shared by every fake of a lab."""

    def __init__(self, default: LabClock | None = None) -> None:
        self._clocks = {DEFAULT: default or LabClock()}

    def get(self, name: str) -> LabClock:
        """Return the clock of that workspace; a new one follows the system."""
        return self._clocks.setdefault(name, LabClock())


S = TypeVar("S")


class Workspaces(Generic[S]):
    """The workspaces of one fake by name, each with the vendor's state, made when first named.

    In a file, workspace `ci-7` of `lab.db` is `lab.ci-7.db`: a workspace is a file, and a file a recording.
    """

    def __init__(
        self,
        make_state: Callable[[Workspace], S],
        *,
        kinds: Mapping[str, type[Fault]],
        clocks: Clocks | None = None,
        seed: int = 0,
        path: Path | None = None,
    ) -> None:
        self._make_state = make_state
        self._kinds = kinds
        self._clocks = clocks or Clocks()
        self._seed = seed
        self._path = path
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Workspace, S]] = {}
        self.get(DEFAULT)
        for name in self._kept():
            self.get(name)

    def get(self, name: str = DEFAULT) -> S:
        """Return a workspace's state, making the workspace if it is new."""
        found = self._open.get(name)
        if found is not None:
            return found[1]
        if not _NAME.fullmatch(name):
            raise BadControl(
                f"Workspace name {name!r} is not usable, expected up to 64 letters, digits, dots, dashes, underscores."
            )
        with self._lock:
            if name not in self._open:
                workspace = Workspace(
                    name, kinds=self._kinds, clock=self._clocks.get(name), seed=self._seed, path=self._file(name)
                )
                self._open[name] = (workspace, self._make_state(workspace))
            return self._open[name][1]

    def names(self) -> list[str]:
        """Return the names of the workspaces in use."""
        return sorted(self._open)

    def find(self, name: str) -> S | None:
        """Return a workspace's state if the workspace is in use."""
        found = self._open.get(name)
        return None if found is None else found[1]

    def drop(self, name: str) -> None:
        """Close a workspace and forget it; its file, if any, stays."""
        with self._lock:
            found = self._open.pop(name, None)
        if found is None:
            raise NotFound(f"There is no workspace {name!r}: {nearest(name, self._open)}")
        found[0].close()
        if name == DEFAULT:
            self.get(DEFAULT)

    def close(self) -> None:
        """Close every workspace."""
        with self._lock:
            for workspace, _ in self._open.values():
                workspace.close()
            self._open.clear()

    def _kept(self) -> list[str]:
        """Return the names whose files lie beside the first one; a file of something else is left alone."""
        if self._path is None:
            return []
        stem, suffix = self._path.stem, self._path.suffix
        files = sorted(self._path.parent.glob(f"{glob.escape(stem)}.*{suffix}"))
        names = [file.name[len(stem) + 1 : len(file.name) - len(suffix)] for file in files]
        return [name for name, file in zip(names, files, strict=True) if _NAME.fullmatch(name) and is_journal(file)]

    def _file(self, name: str) -> Path | None:
        if self._path is None or name == DEFAULT:
            return self._path
        return self._path.with_name(f"{self._path.stem}.{name}{self._path.suffix}")
