"""Workspaces isolate one test from another on one server: own journal, clock, seed, faults and settings."""

from __future__ import annotations

import glob
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Generic, TypeVar

from contracts.nearest import nearest
from mock_core.annexe import Addition
from mock_core.clock import LabClock, Move
from mock_core.errors import BadControl, Forbidden, Gone, NotFound, TooMany
from mock_core.faults import Armed, Fault, FaultPlan
from mock_core.journal import CORE_SHAPES, Journal, Shapes, Shelf, check_journal, hold, is_journal
from mock_core.seed import Seed

DEFAULT = "default"
MOST_WORKSPACES = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Workspace:
    """One isolated lab bench: everything a fake remembers hangs on it.

    What a lab is told is written down first and done from what was written, so that what could not be written down has
    not happened. `saved` is a journal to begin with, copied into this one's.
    """

    def __init__(
        self,
        name: str = DEFAULT,
        *,
        kinds: Mapping[str, type[Fault]],
        clock: LabClock | None = None,
        seed: int = 0,
        path: Path | None = None,
        shapes: Shapes | None = None,
        shelf: Shelf | None = None,
        saved: Path | None = None,
        try_out: Callable[[Workspace], object] = lambda _workspace: None,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.shapes = shapes or Shapes(CORE_SHAPES)
        self.clock = clock or LabClock()
        self.seed = Seed(seed)
        self._first_seed = seed
        self.journal = Journal(path, shelf=shelf)
        self.faults = FaultPlan(kinds, self.seed.fresh("faults"))
        self.lock = threading.RLock()
        self.notes: list[str] = []  # what the journal says and this version does not do
        self.on_load: Callable[[], None] = lambda: None  # told when another journal took the place of this one
        self.may_move: Callable[[Move], None] = lambda _move: None  # raises when the clock must not go there
        self.additions: dict[str, Addition] = {}  # what rooms above build onto this one, by name of the annexe
        self._try_out = try_out
        try:
            frozen_at = self._begin(saved)
        except BaseException:
            self.journal.close()
            raise
        if frozen_at is not None:
            self.clock.freeze(frozen_at)
        self.clock.observe(self._on_clock, self._before_move)

    def _begin(self, saved: Path | None) -> float | None:
        """Begin a journal, or go on with the one that is there; return where its clock stood, if it did."""
        if saved is not None:
            self.journal.load(saved)
        if not self.journal.last and not self.journal.is_begun:
            self.journal.begin(self._beginning())
            return None
        check_journal(self.journal, self.shapes)
        if saved is None:
            return self._recall()
        began = self.journal.beginning
        self._first_seed = began.get("seed", self._first_seed)
        return self._recall(began.get("frozen_at"))

    def control(self, op: str, data: Mapping[str, Any] | None = None, body: bytes | None = None) -> int:
        """Record that the lab was told to do something; folds act on it."""
        self.settle()
        return self.journal.append(self.clock.now_ms(), "control", {"op": op, **(data or {})}, body)

    def settle(self) -> None:
        """Let what is built onto this workspace do what is due by now."""
        for addition in tuple(self.additions.values()):
            addition.settle()

    def arm(self, spec: Mapping[str, Any]) -> Armed:
        """Record a fault and arm it."""
        with self.lock:
            self.faults.read(spec)  # refuses before anything is recorded
            self.control("fault.arm", {"spec": dict(spec)})
            return self.faults.arm(spec)

    def lift(self, fault_id: str | None = None) -> int:
        """Record that one fault or all are lifted, and lift them."""
        with self.lock:
            if fault_id is not None and all(armed.id != fault_id for armed in self.faults):
                return 0
            self.control("fault.lift", {"id": fault_id})
            return self.faults.lift(fault_id)

    def reset(self, *, captures_only: bool = False) -> None:
        """Forget what was captured; without `captures_only` also every fault and everything set up.

        A full reset starts a new recording. The clock stays as it is, for other fakes tell the time by it, and the seed
        starts over: the recording says where it began, so that it goes on the same elsewhere. Forgetting captures keeps
        the old recording and marks the place.
        """
        if captures_only:
            self.control("reset.captures")
            return
        with self.lock:
            self.journal.clear(self._beginning())
            self._first_seed = self.seed.value
            self._recall()
        self._forget()

    def load(self, path: Path) -> None:
        """Go on from a saved journal: its captures, what was set up, its faults and, when frozen, its clock.

        It is read into a second workspace first, every fold of it: what is not sound is refused, and nothing changed.
        """
        trial = Workspace(self.name, kinds=self.kinds, seed=self._first_seed, shapes=self.shapes, saved=path)
        with closing(trial), self.clock.held(), self.lock:
            self._try_out(trial)
            stands = trial.clock.now() if trial.clock.is_frozen else None
            put_back = self.clock.bookmark()
            self.clock.forget(self._on_clock, self._before_move)
            try:
                self.journal.take(trial.journal, lambda: None if stands is None else self.clock.freeze(stands))
            except BaseException:
                put_back()
                raise
            finally:
                self.clock.observe(self._on_clock, self._before_move)
            self._first_seed = trial._first_seed
            self._recall()
            self.on_load()
        self._forget()

    def _forget(self) -> None:
        for addition in tuple(self.additions.values()):
            addition.forget()

    def reseed(self, value: int) -> None:
        """Record a seed and start every random choice anew from it."""
        with self.lock:
            seed = Seed(value)
            self.control("seed.set", {"seed": value})
            self._reseed(seed)

    def _reseed(self, seed: Seed) -> None:
        self.seed = seed
        self.faults.reseed(self.seed.fresh("faults"))

    def close(self) -> None:
        """Let go of the clock, the state and the journal, so that what they held is freed at once."""
        self.clock.forget(self._on_clock, self._before_move)
        self.on_load, self.may_move = lambda: None, lambda _move: None
        additions, self.additions = self.additions, {}
        for addition in additions.values():
            addition.close()
        self.journal.close()

    def _on_clock(self, move: Move) -> None:
        self.journal.append(round(move.now * 1000), "clock", {"now": move.now, "frozen": move.is_frozen})

    def _before_move(self, move: Move) -> None:
        self.may_move(move)
        self.settle()

    def _beginning(self) -> dict[str, Any]:
        return {"seed": self.seed.value, "frozen_at": self.clock.now() if self.clock.is_frozen else None}

    def recall(self) -> None:
        """Put seed and faults back to what the journal says: something was done that could not be written down."""
        with self.lock:
            self._recall()

    def _recall(self, frozen_at: float | None = None) -> float | None:
        """Take seed and faults from the journal, with the counts they had; return where its clock stood, if it did."""
        self.seed = Seed(self._first_seed)
        self.faults = FaultPlan(self.kinds, self.seed.fresh("faults"))
        for entry in self.journal.turns():
            if entry.kind == "control" and entry.data["op"] == "fault.arm":
                self.faults.arm(entry.data["spec"])
            elif entry.kind == "control" and entry.data["op"] == "fault.lift":
                self.faults.lift(entry.data["id"])
            elif entry.kind == "control" and entry.data["op"] == "seed.set":
                self._reseed(Seed(entry.data["seed"]))
            elif entry.kind == "request":
                self.faults.recall(entry.data.get("faults", ()), entry.data.get("spared", ()))
            elif entry.kind == "clock":
                frozen_at = entry.data["now"] if entry.data["frozen"] else None
        return frozen_at


class Clocks:
    """One clock per workspace name, shared by every fake of a lab."""

    def __init__(self, default: LabClock | None = None) -> None:
        self._clocks = {DEFAULT: default or LabClock()}

    def get(self, name: str) -> LabClock:
        """Return the clock of that workspace; a new one follows the system."""
        return self._clocks.setdefault(name, LabClock())


S = TypeVar("S")


class Workspaces(Generic[S]):
    """The workspaces of one fake by name, each with the vendor's state, made when first named; `most` of them.

    In a file, workspace `ci-7` of `lab.db` is `lab.ci-7.db`: a workspace is a file, and a file a recording. Some of the
    files stand open, and all of them are locked against another lab.
    """

    def __init__(
        self,
        make_state: Callable[[Workspace], S],
        *,
        kinds: Mapping[str, type[Fault]],
        clocks: Clocks | None = None,
        seed: int = 0,
        path: Path | None = None,
        shapes: Shapes | None = None,
        try_out: Callable[[Workspace], object] = lambda _workspace: None,
        most: int = MOST_WORKSPACES,
    ) -> None:
        self._make_state = make_state
        self._kinds = kinds
        self._shapes = shapes
        self._try_out = try_out
        self._most = most
        self._clocks = clocks or Clocks()
        self._seed = seed
        self._path = path
        self._lock = threading.Lock()
        self._shelf = Shelf()
        self._open: dict[str, tuple[Workspace, S]] = {}
        self._is_closed = False
        self._held = None if path is None else hold(path)
        try:
            self.get(DEFAULT)
            for name in self._kept():
                self._make(name)
        except BaseException:
            self.close()
            raise

    def get(self, name: str = DEFAULT, *, may_make: bool = True) -> S:
        """Return a workspace's state, making the workspace if it is new, unless the caller may not make one."""
        found = self._open.get(name)
        if found is not None:
            return found[1]
        if not _NAME.fullmatch(name):
            raise BadControl(
                f"Workspace name {name!r} is not usable, expected up to 64 letters, digits, dots, dashes, underscores."
            )
        if not may_make and name != DEFAULT:
            raise Forbidden(f"There is no workspace {name!r}, and no web page makes one. Name it from a program first.")
        if len(self._open) >= self._most and name != DEFAULT:
            raise TooMany(
                f"There are {len(self._open)} workspaces, as many as a lab has. Drop those that are done with: "
                "DELETE /__lab/workspaces/NAME."
            )
        return self._make(name)

    def _make(self, name: str) -> S:
        with self._lock:
            if self._is_closed:
                raise Gone("The lab is ending.")
            if name not in self._open:
                workspace = Workspace(
                    name,
                    kinds=self._kinds,
                    clock=self._clocks.get(name),
                    seed=self._seed,
                    path=self._file(name),
                    shapes=self._shapes,
                    shelf=self._shelf,
                    try_out=self._try_out,
                )
                try:
                    self._open[name] = (workspace, self._make_state(workspace))
                except BaseException:
                    workspace.close()
                    raise
            return self._open[name][1]

    def names(self) -> list[str]:
        """Return the names of the workspaces in use."""
        return sorted(self._open.copy())

    def find(self, name: str) -> S | None:
        """Return a workspace's state if the workspace is in use."""
        found = self._open.get(name)
        return None if found is None else found[1]

    def drop(self, name: str) -> None:
        """Close a workspace and forget it; its file, if any, stays."""
        with self._lock:
            found = self._open.pop(name, None)
            if found is not None:
                found[0].close()
        if found is None:
            raise NotFound(f"There is no workspace {name!r}: {nearest(name, self.names())}")
        if name == DEFAULT:
            self.get(DEFAULT)

    def close(self) -> None:
        """Close every workspace, and let another lab have the files."""
        with self._lock:
            self._is_closed = True
            for workspace, _ in self._open.values():
                workspace.close()
            self._open.clear()
            if self._held is not None:
                self._held.release()
                self._held = None

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
