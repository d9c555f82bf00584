"""What the commands of `cohortlab sync` are given: options, environment, a file; and what that opens."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from syncer import FileState, Sync
    from syncer.clock import SystemClock
    from syncer.config import Config
    from syncer.state import StandingSync
    from syncer.wire import StopSign

Command = TypeVar("Command", bound=Callable[..., Any])

state_option = click.option("--state", metavar="DIR", help="Where the engine keeps its state [SYNC_STATE_DIR].")
config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="A TOML file with what is not set otherwise."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change one setting; may be repeated."
)
log_option = click.option("--log", is_flag=True, help="Write every event to stderr as a line of JSON.")


def one_sync(command: Command) -> Command:
    """Add what says which sync is meant: a standing one by its name, or one described by options and environment."""
    for add in (
        log_option,
        json_option,
        set_option,
        config_option,
        state_option,
        click.option("--target", metavar="NAME", help="A name for the write key [SYNC_TARGET]."),
        click.option("--segment-url", metavar="URL", help="Segment, without /v1 [SEGMENT_BASE_URL]."),
        click.option("--amplitude-url", metavar="URL", help="Amplitude [AMPLITUDE_BASE_URL]."),
        click.option("--cohort", metavar="ID", help="The cohort [COHORT_ID]."),
        click.argument("sync", required=False),
    ):
        command = add(command)
    return command


def configured(given: dict[str, Any]) -> Config:
    """Return everything that options, environment and file say."""
    from syncer.config import configure

    options = {
        "cohort": given.get("cohort"),
        "state": given.get("state"),
        "amplitude.base_url": given.get("amplitude_url"),
        "segment.base_url": given.get("segment_url"),
        "segment.target": given.get("target"),
    }
    return configure(os.environ, options, pairs(given.get("settings", ())), given.get("config"))


def now() -> float:
    """Return the time: the lab's, when there is one."""
    return configured({}).clock.now()


def pairs(settings: tuple[str, ...]) -> dict[str, object]:
    """Read NAME=VALUE, NAME=VALUE ..."""
    from syncer import WrongCall

    found: dict[str, object] = {}
    for pair in settings:
        name, equals, value = pair.partition("=")
        if not equals:
            raise WrongCall(f"--set takes NAME=VALUE, not {pair!r}")
        found[name.strip()] = value.strip()
    return found


def chosen(config: Config, state: FileState, label: str | None, settings: tuple[str, ...]) -> Sync:
    """Return the standing sync of that name with its key, or without a name the one that the rest describes."""
    if label is None:
        named, known = config.values.get("segment.target"), state.registry.targets()
        if not config.values.get("segment.write_key") and named in {each.name for each in known}:
            target = state.registry.target(named or "").unlocked(os.environ)
            return config.sync_to(target)
        return config.sync
    return bound(config, state, state.registry.sync(label), settings)


def bound(config: Config, state: FileState, standing: StandingSync, settings: tuple[str, ...] = ()) -> Sync:
    """Return a standing sync with the keys it needs, and with settings that hold for this time only."""
    import dataclasses

    target = state.registry.target(standing.target).unlocked(os.environ)
    changed = dataclasses.replace(standing, settings={**standing.settings, **pairs(settings)})
    return changed.bound(config.source, target)


def is_for_everybody(state: FileState, standing: StandingSync) -> bool:
    """Say whether a standing sync's next run tells everybody again."""
    return standing.is_for_everybody(state.ledger.last_begun(standing.cohort_id, standing.target))


@contextmanager
def opened(state: str | None) -> Iterator[FileState]:
    """Open the state folder for a command that needs no keys."""
    from syncer import FileState

    with FileState(configured({"state": state}).state) as folder:
        yield folder


@contextmanager
def stoppable(clock: SystemClock) -> Iterator[StopSign]:
    """Stop at the next boundary, and wait no longer, on SIGINT or SIGTERM: whatever was begun is resumed later."""
    from syncer.wire import StopSign

    sign = StopSign()

    def stop(*_signal: object) -> None:
        sign.show()
        clock.interrupt()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield sign
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
