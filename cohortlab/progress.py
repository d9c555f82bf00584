"""Show a sync run at work: a bar on a terminal, a line per event otherwise. A listener of the engine's events."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from cohortlab.terminal import Part, Terminal
from syncer import BatchSent, CohortFound, Diffed, Downloaded, Event, ExportReady, ExportRequested, Retried, UserFailed


class RunProgress:
    """Tells what the engine does, in the words of the design; a context manager around one or more runs."""

    def __init__(self, console: Terminal) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
            )

    def __enter__(self) -> RunProgress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Take one event of the engine."""
        if isinstance(event, Diffed) and self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task("identify calls", total=event.changes)
        if isinstance(event, BatchSent) and self._bar is not None and self._task is not None:
            self._bar.advance(self._task, event.last - event.first + 1)
        parts = _line(event)
        if parts:
            clock = datetime.fromtimestamp(event.at, UTC).strftime("%H:%M:%S")
            self._console.say((clock, "dim"), " ", *parts, indent=2)


def _line(event: Event) -> list[Part]:
    match event:
        case CohortFound():
            return ["cohort found; its trait key is ", (event.trait_key, "bold")]
        case ExportRequested():
            return [f"export requested ({event.request_id})"]
        case ExportReady():
            return ["export ready"]
        case Downloaded():
            return [f"downloaded {event.size:,} bytes"]
        case Diffed():
            return [f"{event.counts.entered:,} entered, {event.counts.left:,} left"]
        case Retried():
            told = f"{event.request}: {event.reason}; attempt {event.attempt + 1} after {event.after:g} s"
            return [(told, "yellow")]
        case UserFailed():
            return [(f"position {event.position} refused: {event.reason}", "red")]
        case BatchSent():
            return [f"acknowledged {event.first:,} to {event.last:,}"]
    return []
