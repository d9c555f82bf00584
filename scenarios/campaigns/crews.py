"""Crews: who does the work. An executor of `concurrent.futures`, and what a campaign must know of it."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any

from scenarios.campaigns.code import Code
from scenarios.campaigns.errors import ClusterGone


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does the work.

    `workers` says how many there are now: they come and go. `most` bounds the items of a piece where results are to
    come one by one. `code` is what workers elsewhere must run, too. `explain` says of an error that is none of the
    work's own what happened.
    """

    executor: Executor
    workers: Callable[[], int]
    most: int | None = None
    code: Code | None = None
    explain: Callable[[BaseException], BaseException] = lambda error: error

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Hand out a call."""
        try:
            return self.executor.submit(fn, *args)
        except Exception as error:
            told = self.explain(error)
            if told is error:
                raise
            raise told from error

    def result_of(self, future: Future[Any]) -> Any:
        """Return what a worker found; raise what the work raised, or what became of the crew in its own words."""
        try:
            return future.result()
        except (Exception, CancelledError) as error:
            told = self.explain(error)
            if told is error:
                raise
            raise told from error


class _Here(Executor):
    """Does what it is told at once, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def alone() -> Crew:
    """Return a crew of this thread alone."""
    return Crew(_Here(), lambda: 1, most=1)


@contextmanager
def threads(jobs: int, *, broken_off: Callable[[], None], over: Callable[[], None]) -> Iterator[Crew]:
    """Have a crew of threads, for work that mostly waits.

    When the campaign is left before its end `broken_off` lets them end, and `over` follows when they have.
    """
    with ThreadPoolExecutor(jobs, thread_name_prefix="scenario") as pool:
        try:
            yield Crew(pool, lambda: jobs, most=1)
        except BaseException:
            broken_off()  # or the pool would wait for what nobody waits for any more
            pool.shutdown(cancel_futures=True)
            over()
            raise


class _Pool(ProcessPoolExecutor):
    """A pool of processes that hold Ctrl-C back: this one ends them, quietly."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with deaf_to_interrupts():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def processes(jobs: int) -> Iterator[Crew]:
    """Have a crew of processes of this machine; they end with the campaign, whatever they are at."""
    before = set(multiprocessing.active_children())
    pool = _Pool(jobs, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield Crew(pool, lambda: jobs, explain=_of_a_pool)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for each in set(multiprocessing.active_children()) - before:
            each.terminate()
            each.join()


def _of_a_pool(error: BaseException) -> BaseException:
    if isinstance(error, BrokenProcessPool):
        return ClusterGone("a process ended in the middle of its work: killed, or there was no memory left for it.")
    return error


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while threads and processes are started, who go on holding it back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would let interrupts in again while it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
