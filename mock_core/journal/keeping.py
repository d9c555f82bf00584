"""One lab at a time has a journal and the workspaces beside it: a second would count again what the first wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mock_core.errors import CannotKeep, InUse


class Held(Protocol):
    """A lock on files."""

    def release(self) -> None:
        """Let others have them."""
        ...


def hold(path: Path) -> Held:
    """Lock the journal at `path` and those beside it; raise `InUse` when another lab has them.

    The lock goes with the process, however that ends; the file that carries it stays.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - slow to import, and a lab in memory needs none

    lock = FileLock(path.with_name(f"{path.name}.lock"), thread_local=False)  # it may be let go by another thread
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InUse(f"{path} is in use by another lab. Stop that one, or name another folder.") from error
    except NotImplementedError:  # a file system without locks: as good as it gets there
        return lock
    except OSError as error:
        raise CannotKeep(f"{path.parent} cannot keep journals: {error.strerror or error}.") from error
    return lock
