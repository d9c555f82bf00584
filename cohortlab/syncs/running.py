"""Commands that send: run, watch, retry-failed, clear."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from cohortlab.saying import say, say_error
from cohortlab.syncs import given
from cohortlab.syncs.shown import print_json, print_preview, print_preview_json, print_report

if TYPE_CHECKING:
    from syncer import Engine, Listener, RunReport, Sync
    from syncer.config import Config
    from syncer.state import StandingSync
    from syncer.wire import Boundary


@click.command()
@given.one_sync
@click.option("--dry-run", is_flag=True, help="Print who would be told what; send nothing, change no state.")
@click.option("--everybody", is_flag=True, help="Tell every member again, changed or not.")
def run(*, sync: str | None, dry_run: bool, everybody: bool, as_json: bool, log: bool, **options: Any) -> int:
    """Run one sync once: export, compare, send what changed.

    SYNC is a standing sync, COHORT:TARGET or just COHORT. Without it, the environment (or options, or a --config file)
    describes the sync: COHORT_ID, AMPLITUDE_API_KEY, AMPLITUDE_SECRET_KEY, SEGMENT_WRITE_KEY.

    Exit status: 0 everything was told; 1 not everything was, run it again; 2 the call or a key is wrong; 3 the state
    cannot be used.
    """
    config = given.configured(options)
    if dry_run:
        return _preview(config, sync, options["settings"], as_json=as_json)
    return _send(
        config,
        sync,
        options["settings"],
        lambda engine, chosen, is_due: engine.run(chosen, everybody=everybody or is_due),
        as_json=as_json,
        log=log,
    )


@click.command("retry-failed")
@given.one_sync
def retry_failed(*, sync: str | None, as_json: bool, log: bool, **options: Any) -> int:
    """Tell again who was refused before, without asking Amplitude for an export."""
    config = given.configured(options)
    return _send(
        config,
        sync,
        options["settings"],
        lambda engine, chosen, _is_due: engine.retry_failed(chosen),
        as_json=as_json,
        log=log,
    )


@click.command()
@given.one_sync
@click.option("--trait", metavar="KEY", default="", help="An orphan's trait key; without it, the sync's own trait.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(*, sync: str | None, trait: str, yes: bool, as_json: bool, log: bool, **options: Any) -> int:
    """Tell everybody who holds a trait that it is false: what Amplitude never does.

    `cohortlab sync orphans` lists traits that nothing sets to false any more.
    """
    config = given.configured(options)
    if not yes:
        click.confirm(
            f"Send false for {trait or 'the trait of this sync'} to everybody who holds it?", abort=True, err=True
        )
    return _send(
        config,
        sync,
        options["settings"],
        lambda engine, chosen, _is_due: engine.clear(chosen, trait),
        as_json=as_json,
        log=log,
    )


@click.command()
@given.state_option
@given.config_option
@given.log_option
@click.option("--amplitude-url", metavar="URL", help="Amplitude [AMPLITUDE_BASE_URL].")
@click.option("--jobs", default=4, show_default=True, help="Syncs that may run at the same time.")
def watch(*, jobs: int, log: bool, **options: Any) -> int:
    """Run every standing sync when it is due, until SIGTERM or Ctrl-C.

    A run that is under way stops between two requests and goes on when the watch is started again.
    """
    from syncer import FileState, SyncError
    from syncer.clock import Interrupted
    from syncer.standing import Watch

    config = given.configured(options)
    with given.stoppable(config.clock) as stop, FileState(config.state) as state, _listeners(log=log) as listeners:

        def run_once(standing: StandingSync) -> None:
            with FileState(config.state, boundary=stop) as own:
                engine = _engine(config, own, listeners, stop)
                everybody = given.is_for_everybody(own, standing)
                report = engine.run(given.bound(config, own, standing), everybody=everybody)
                say(f"{standing.label}: {report.status}, {report.calls:,} calls", err=True)

        def complain(standing: StandingSync, error: SyncError) -> None:
            say_error(str(error) if error.about else f"{standing.label}: {error}")

        watching = Watch(state, run_once, config.clock, jobs=jobs, complain=complain, stop=stop)
        say(f"Watching {len(state.registry.syncs())} syncs.", err=True)
        with suppress(Interrupted):
            watching.forever()
        say("Stopped; whatever was under way goes on next time.", err=True)
    return 0


def _send(
    config: Config,
    label: str | None,
    settings: tuple[str, ...],
    do: Callable[[Engine, Sync, bool], RunReport],
    *,
    as_json: bool,
    log: bool,
) -> int:
    """Do something with the engine, show it while it works, and print the report.

    `do` is also told whether an edit of the sync makes everybody due.
    """
    from syncer import FileState, SyncError
    from syncer.clock import Interrupted

    if label is None and not config.values.get("segment.target"):
        _ = config.sync  # what is missing is said before the state folder is made
    with given.stoppable(config.clock) as stop, _listeners(log=log) as listeners:
        try:
            with FileState(config.state, boundary=stop) as state:
                sync = given.chosen(config, state, label, settings)
                is_due = label is not None and given.is_for_everybody(state, state.registry.sync(label))
                report = do(_engine(config, state, listeners, stop), sync, is_due)
        except Interrupted:
            say("Stopped; run it again to go on.", err=True)
            return 1
        except SyncError as error:
            if as_json and error.report is not None:
                print_json({**error.report.as_dict(), "error": str(error)})
            raise
    if as_json:
        print_json(report.as_dict())
    else:
        print_report(report)
    return 0 if report.is_complete else 1


def _preview(config: Config, label: str | None, settings: tuple[str, ...], *, as_json: bool) -> int:
    from contextlib import ExitStack
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from syncer import Engine, FileState

    with ExitStack() as stack:
        folder = config.state
        if label is None and not (folder / "state.db").exists():
            # Not even an empty state folder is left behind.
            _ = config.sync
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="cohortlab-preview-")))
        state = stack.enter_context(FileState(folder))
        sync = given.chosen(config, state, label, settings)
        preview = stack.enter_context(Engine(state, clock=config.clock).preview(sync))
        if as_json:
            print_preview_json(preview)
        else:
            print_preview(preview)
    return 0


def _engine(config: Config, state: Any, listeners: list[Listener], boundary: Boundary) -> Engine:
    from syncer import Engine

    return Engine(state, clock=config.clock, listeners=listeners, boundary=boundary)


@contextmanager
def _listeners(*, log: bool) -> Iterator[list[Listener]]:
    """Show a run on a terminal, or log it when asked."""
    from cohortlab.progress import RunProgress
    from cohortlab.terminal import Terminal
    from syncer.telling import json_log

    console = Terminal(stderr=True)
    if log:
        yield [json_log(sys.stderr)]
    elif console.is_terminal:
        with RunProgress(console) as progress:
            yield [progress]
    else:
        yield []
