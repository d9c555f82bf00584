"""The state folder: one ledger, the memberships, and a lock for each sync.

state.db     the ledger
runs/        what the runs in work and the acknowledged snapshots need
locks/       one empty file for each sync; the system frees its lock when a process dies
"""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Self

from contracts.extras import lacking
from syncer.disk import Database
from syncer.errors import BEGIN_ANEW, AlreadyRunning, StateUnusable, WrongCall
from syncer.snapshots import Memberships, MemoryMemberships
from syncer.state.ledger import Ledger
from syncer.state.registry import Registry
from syncer.wire import Boundary, nothing_happens


class State(Protocol):
    """Keep what outlives a run."""

    def close(self) -> None:
        """Let go of files; what was kept stays."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What was begun, acknowledged and refused."""
        ...

    @property
    def registry(self) -> Registry:
        """Targets and standing syncs."""
        ...

    @property
    def memberships(self) -> Memberships:
        """Exports, changes and snapshots."""
        ...

    def lock(self, cohort_id: str, target: str) -> AbstractContextManager[None]:
        """Hold a sync for oneself; raise `AlreadyRunning` when somebody holds it."""
        ...

    def scratch(self) -> AbstractContextManager[Memberships]:
        """Hand out memberships that see the snapshots and are thrown away afterwards."""
        ...


class _Kept:
    """What both kinds of state share: a ledger and a registry in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ledger = Ledger(database)
        self.registry = Registry(database)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class FileState(_Kept):
    """Keep the state in a folder, which is made when it is missing; raise `WrongCall` where there is no DuckDB."""

    def __init__(self, folder: Path | str, *, boundary: Boundary = nothing_happens) -> None:
        told = lacking("duckdb", "A state folder")
        if told:
            raise WrongCall(told)
        from filelock import FileLock

        from syncer.snapshots import FileMemberships

        self._folder = Path(folder)
        try:
            # Memberships are personal data: what is made here is its owner's only.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("locks", "runs"):
                (self._folder / name).mkdir(mode=0o700, exist_ok=True)
            file = self._folder / "state.db"
            file.touch(mode=0o600)
            if not file.is_file():
                raise StateUnusable(f"{file} is no file; {BEGIN_ANEW}")
            # Two processes that make the same state at once must not make it twice; SQLite alone says "locked" there.
            with FileLock(self._folder / "locks" / "state.lock"):
                super().__init__(Database(file, boundary=boundary))
        except OSError as error:
            raise StateUnusable(f"the state folder {self._folder} cannot be made ({error})") from error
        self.memberships: Memberships = FileMemberships(self._folder, boundary=boundary)

    @contextmanager
    def lock(self, cohort_id: str, target: str) -> Iterator[None]:
        from filelock import FileLock, Timeout

        name = hashlib.blake2b(f"{cohort_id}\0{target}".encode(), digest_size=8).hexdigest()
        lock = FileLock(self._folder / "locks" / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise AlreadyRunning("another process is running it at this moment; wait for it to end") from error
        except OSError as error:
            raise StateUnusable(f"the state folder {self._folder} cannot be used ({error}); {BEGIN_ANEW}") from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def scratch(self) -> Iterator[Memberships]:
        from syncer.snapshots import FileMemberships

        with TemporaryDirectory(prefix="cohortlab-preview-") as folder:
            yield FileMemberships(Path(folder), snapshots=self._folder)


class MemoryState(_Kept):
    """Keep the state in memory: for simulations, where it outlives a killed engine but not the process."""

    def __init__(self, *, boundary: Boundary = nothing_happens) -> None:
        super().__init__(Database(boundary=boundary))
        self.memberships = MemoryMemberships()
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def lock(self, cohort_id: str, target: str) -> Iterator[None]:
        with self._lock:
            if (cohort_id, target) in self._held:
                raise AlreadyRunning("it is running at this moment; wait for it to end")
            self._held.add((cohort_id, target))
        try:
            yield
        finally:
            with self._lock:
                self._held.discard((cohort_id, target))

    @contextmanager
    def scratch(self) -> Iterator[Memberships]:
        yield self.memberships.copy()
