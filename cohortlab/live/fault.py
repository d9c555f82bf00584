"""`cohortlab fault`: arm and lift faults in a lab that runs, of the fakes and of the vendors of its destinations."""

from __future__ import annotations

from typing import Any

import click

from cohortlab.completing import completion, fault_kinds
from cohortlab.live.fields import field, nested
from cohortlab.live.lab import AMPLITUDE, SEGMENT, RunningLab, in_a_lab
from cohortlab.live.tables import say_table
from cohortlab.saying import say, say_json
from contracts.nearest import nearest

_FAKES = (AMPLITUDE, SEGMENT)
_lab = in_a_lab(*_FAKES)
_ON = "amplitude|segment|DESTINATION"
_complete = completion(lambda: _FAKES)
_on = click.argument("on", metavar=_ON, shell_complete=_complete)
_on_one = click.argument("on", required=False, metavar=f"[{_ON}]", shell_complete=_complete)


@click.group()
def fault() -> None:
    """Arm and lift faults in a lab that runs."""


@fault.command()
@_on
@click.argument("fault", shell_complete=completion(fault_kinds))
@click.argument("fields", nargs=-1, type=field, metavar="[FIELD=VALUE]...")
@_lab
def arm(*, lab: RunningLab, on: str, fault: str, fields: tuple[tuple[str, Any], ...]) -> None:
    """Arm FAULT on one of the fakes, or on the vendor of a destination, for its next call unless told otherwise.

    cohortlab fault arm segment status status=503 retry_after=2 match.route=/v1/batch match.times=3

    cohortlab fault arm braze status status=400 match.user=grace
    """
    if on in _FAKES:
        client = lab.fake(on)
        fault_id = client.arm(fault, **nested(fields))
        armed = next(each for each in client.faults() if each["id"] == fault_id)
    else:
        _known(lab, on)
        fault_id = lab.destinations.arm(on, fault, **nested(fields))
        armed = next(each for each in lab.destinations.faults() if each["id"] == fault_id)
    if lab.as_json:
        say_json({"on": on, **armed})
    else:
        say(f"{fault_id} armed on {on}: {fault}{_how_often(armed['match'])}.")


@fault.command("list")
@_on_one
@_lab
def list_faults(*, lab: RunningLab, on: str | None) -> None:
    """List the faults that are armed, of everything unless one is named, and how often they struck."""
    faults = _faults(lab, on)
    if lab.as_json:
        say_json(faults)
        return
    say_table(
        ("on", "id", "fault", "struck", "match"),
        ([each["on"], each["id"], each["fault"], each["struck"], _matching(each["match"])] for each in faults),
        nothing="No faults. Arm one with `cohortlab fault arm segment status status=503`.",
    )


@fault.command()
@_on_one
@click.argument("fault_id", required=False, metavar="[ID]")
@_lab
def lift(*, lab: RunningLab, on: str | None, fault_id: str | None) -> None:
    """Lift one fault, those of one fake or destination, or all of them."""
    if on is None:
        lifted = sum(lab.fake(fake).lift() for fake in _FAKES) + lab.destinations.lift()
    elif on in _FAKES:
        lifted = lab.fake(on).lift(fault_id)
    else:
        armed = [each["id"] for each in _faults(lab, on)]
        lifted = sum(lab.destinations.lift(each) for each in armed if fault_id in {None, each})
    if lab.as_json:
        say_json({"lifted": lifted})
    else:
        say(f"{lifted} lifted.")


def _faults(lab: RunningLab, on: str | None) -> list[dict[str, Any]]:
    faults = [{"on": fake, **each} for fake in _FAKES if on in {None, fake} for each in lab.fake(fake).faults()]
    if on in _FAKES:
        return faults
    if on is not None:
        _known(lab, on)
    return faults + [each for each in lab.destinations.faults() if on in {None, each["on"]}]


def _known(lab: RunningLab, on: str) -> None:
    names = [*_FAKES, *(each["name"] for each in lab.destinations.connections())]
    if on not in names:
        raise click.UsageError(f"There is nothing called {on!r} to have faults here: {nearest(on, names)}")


def _how_often(match: dict[str, Any]) -> str:
    times = match.get("times")
    where = f" to {match['route']}" if "route" in match else ""
    if times is None:
        return f", for every call{where} until it is lifted"
    return f", for the next {'call' if times == 1 else f'{times} calls'}{where}"


def _matching(match: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in match.items() if (name, value) not in _USUAL)


_USUAL = {("skip", 0), ("probability", 1.0)}
