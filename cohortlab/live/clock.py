"""`cohortlab clock`: the time of a lab that runs, which both of its fakes tell."""

from __future__ import annotations

import math
from typing import Any

import click

from cohortlab.live.fields import duration
from cohortlab.live.lab import AMPLITUDE, RunningLab, in_a_lab
from cohortlab.saying import say, say_json

_lab = in_a_lab(AMPLITUDE)


@click.group()
def clock() -> None:
    """Read and move the clock of a lab that runs; both of its fakes go by it."""


@clock.command()
@_lab
def show(*, lab: RunningLab) -> None:
    """Show the lab's time, and whether its clock stands still."""
    _show(lab)


@clock.command()
@click.argument("by", type=duration)
@_lab
def advance(*, lab: RunningLab, by: float) -> None:
    """Move the clock forward BY 500ms, 30s, 5m, 1h or 2d; a plain number is seconds."""
    lab.amplitude.advance(by)
    _show(lab)


@clock.command()
@click.argument("at", required=False)
@_lab
def freeze(*, lab: RunningLab, at: str | None) -> None:
    """Stop the clock, here or AT a time: ISO 8601 with a zone, or epoch seconds."""
    lab.amplitude.freeze(_moment(at))
    _show(lab)


@clock.command()
@click.option("--now", "follow_system", is_flag=True, help="Go back to the time of this machine.")
@_lab
def run(*, lab: RunningLab, follow_system: bool) -> None:
    """Let the clock run on from where it stands."""
    if follow_system:
        lab.amplitude.follow_system()
    else:
        lab.amplitude.run()
    _show(lab)


def _moment(at: str | None) -> float | str | None:
    if at is None:
        return None
    try:
        seconds = float(at)
    except ValueError:
        return at
    return seconds if math.isfinite(seconds) else at


def _show(lab: RunningLab) -> None:
    from mock_core.clock import iso  # noqa: PLC0415 - once the call is known to be right

    told: dict[str, Any] = lab.amplitude.clock()
    if lab.as_json:
        say_json(told)
    else:
        say(f"{iso(round(told['now'] * 1000))}, {'standing still' if told['frozen'] else 'running'}.")
