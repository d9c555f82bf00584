"""The threads that answer: they end with the interpreter, whoever forgot to stop the server, and hold up no stopping.

Cheroot's own are waited for, by Python when it ends and by the server when it stops, for as long as they take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cheroot.workers import threadpool

_END: Any = getattr(threadpool, "_SHUTDOWNREQUEST")  # noqa: B009 - what cheroot's threads end at
_LAST_CHANCE = 1.0  # seconds for a thread whose connection was cut


class Threads(threadpool.ThreadPool):
    """Cheroot's pool, of daemon threads."""

    server: Any
    _threads: list[Any]
    _queue: Any
    _force_close: Callable[[Any], None]

    def _spawn_worker(self) -> Any:
        worker: Any = threadpool.WorkerThread(self.server)  # type: ignore[no-untyped-call]
        worker.daemon = True
        worker.start()
        return worker

    def stop(self, timeout: float = 5) -> None:
        """Let the threads end; one that goes on beyond `timeout` seconds loses its connection, and is left behind."""
        for _ in self._threads:
            self._queue.put(_END)
        workers, self._threads = self._threads, []
        late = _join(workers, timeout)
        for worker in late:
            self._force_close(worker.conn)
        _join(late, _LAST_CHANCE)


def _join(workers: list[Any], timeout: float) -> list[Any]:
    """Wait for threads, so many seconds for all of them; return those that go on."""
    deadline = time.monotonic() + timeout
    for worker in workers:
        worker.join(max(0.0, deadline - time.monotonic()))
    return [worker for worker in workers if worker.is_alive()]
