"""A crew on Dask: on a cluster that runs, at the address of its scheduler, or on one made for the time, on loopback.

Dask hands out the work, and again what a lost worker had; who is there, whose code is another's, and what happened
when nobody is there any more, is asked and said here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from scenarios.campaigns.code import Code, this_code
from scenarios.campaigns.crews import Crew, deaf_to_interrupts
from scenarios.campaigns.errors import ClusterGone, EndsWorkers, NoCluster, OtherCode

LOCAL: Final = "local"
_CONNECT: Final = 10.0  # seconds
_QUIET: Final = {"distributed": "critical", "distributed.client": "critical"}  # what it says is said here, in words


@contextmanager
def cluster(
    where: str, workers: int | None = None, say: Callable[[str], object] = lambda _words: None
) -> Iterator[Crew]:
    """Have a crew at the address of a scheduler; `local` makes one on loopback, with so many worker processes.

    Without a worker it waits, and says so. Raises `NoCluster`, `OtherCode`.
    """
    import dask  # noqa: PLC0415 - an extra

    dask.config.set({"logging": {**dask.config.get("logging", {}), **_QUIET}})
    import distributed  # noqa: PLC0415 - an extra, and slow to import

    with ExitStack() as stack:
        with deaf_to_interrupts():
            if where == LOCAL:
                made = _local(distributed, workers or os.cpu_count() or 1)
                stack.enter_context(made)
                address = made.scheduler_address
            else:
                address = where
            client = _client(distributed, address)
            stack.callback(_closed, client)
        _ready(client, address, say)
        crew = _Members(distributed, client, address)
        yield Crew(client.get_executor(pure=False), crew.count, code=this_code(), explain=crew.explain)


def _local(distributed: Any, workers: int) -> Any:
    """Start a scheduler and workers that nobody beyond this machine can speak to."""
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs="CRITICAL",
    )


def _client(distributed: Any, address: str) -> Any:
    try:
        distributed.comm.get_address_host_port(distributed.comm.normalize_address(address), strict=True)
    except ValueError as error:
        raise NoCluster(f"{address!r} is no address of a scheduler: {error}. Say tcp://HOST:PORT, or local.") from error
    try:
        return distributed.Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError) as error:
        told = f"no scheduler answers at {address}: start one with `dask scheduler`, or say --on local."
        raise NoCluster(told) from error


def _closed(client: Any) -> None:
    with suppress(Exception):  # the scheduler may be gone
        client.close(timeout=2)


def _ready(client: Any, address: str, say: Callable[[str], object]) -> None:
    """Wait for a worker, and refuse those with other code."""
    told = False
    while not client.nthreads():
        if not told:
            say(f"The scheduler at {address} has no workers yet: waiting for the first.")
            told = True
        time.sleep(0.2)
    found: Mapping[str, Any] = client.run(this_code, on_error="return")
    others = {worker: each for worker, each in found.items() if each != this_code()}
    if others:
        lines = [f"the worker {worker} {_has(each)}" for worker, each in others.items()]
        raise OtherCode(f"{'; '.join(lines)}. This is {this_code()}: install the same at every worker.")


def _has(found: Any) -> str:
    if isinstance(found, Code):
        return f"has {found}"
    if isinstance(found, ImportError):
        return "has no cohortlab, or one without campaigns"
    return f"cannot say which cohortlab it has ({type(found).__name__}: {found})"


class _Members:
    """Who is on a cluster, and what became of it."""

    def __init__(self, distributed: Any, client: Any, address: str) -> None:
        self._distributed, self._client, self._address = distributed, client, address

    def count(self) -> int:
        """Return how many threads of workers there are."""
        try:
            return sum(self._client.nthreads().values())
        except Exception as error:
            raise self.explain(error) from error

    def explain(self, error: BaseException) -> BaseException:
        """Say what of Dask's own errors happened; an error of the work stays what it is."""
        if isinstance(error, self._distributed.scheduler.KilledWorker):
            told = f"one piece of work ended every worker that it was given to: {error}"
            return EndsWorkers(f"{told} Its items one by one, without --on, show which does.")
        if isinstance(error, ModuleNotFoundError):
            return OtherCode(f"a worker that joined has no cohortlab of this version ({error}). This is {this_code()}.")
        if isinstance(error, self._distributed.comm.CommClosedError | CancelledError) or self._client.status not in {
            "running",
            "connecting",
        }:
            return ClusterGone(f"the scheduler at {self._address} went away.")
        return error
