"""`cohortlab setting`: what a lab that runs has decided where the vendors say nothing, and changing it."""

from __future__ import annotations

from typing import Any

import click

from cohortlab.live.fields import field
from cohortlab.live.lab import AMPLITUDE, SEGMENT, RunningLab, in_a_lab
from cohortlab.live.tables import say_table
from cohortlab.saying import say_json

_FAKES = (AMPLITUDE, SEGMENT)
_lab = in_a_lab(*_FAKES)
_on = click.argument("on", type=click.Choice(_FAKES))


@click.group()
def setting() -> None:
    """Read and change the settings of a lab that runs."""


@setting.command("list")
@_on
@_lab
def list_settings(*, lab: RunningLab, on: str) -> None:
    """List every setting of a fake: its value, and what it decides."""
    _show(lab, lab.fake(on).describe_settings())


@setting.command("set")
@_on
@click.argument("changes", nargs=-1, type=field, required=True, metavar="NAME=VALUE...")
@_lab
def set_settings(*, lab: RunningLab, on: str, changes: tuple[tuple[str, Any], ...]) -> None:
    """Change settings of a fake, all of them or, if one is wrong, none."""
    client = lab.fake(on)
    client.configure(**dict(changes))
    changed = dict(changes)
    _show(lab, [each for each in client.describe_settings() if each["name"] in changed])


def _show(lab: RunningLab, settings: list[dict[str, Any]]) -> None:
    if lab.as_json:
        say_json(settings)
        return
    rows = ([each["name"], _word(each["value"]), each["doc"]] for each in settings)
    say_table(("setting", "value", "what it decides"), rows, nothing="No settings.")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
