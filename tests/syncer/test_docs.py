"""The documentation names what there is: every setting as the code has it, every command, every variable."""

from __future__ import annotations

import click

from cohortlab.commands import sync, target
from syncer import Settings
from syncer.config import VARIABLES
from syncer.settings import described
from tests.repository import ROOT

PAGE = ROOT / "docs" / "syncing.md"
BEGIN, END = "<!-- settings -->\n", "<!-- end of settings -->\n"


def table() -> str:
    """Write the settings as the page shows them."""
    rows = ["| Setting | Default | Allowed | What it says |", "|---|---|---|---|"]
    for each in described(Settings()):
        default = f"`{each['default']}`" if each["default"] != "" else ""
        rows.append(f"| `{each['setting']}` | {default} | {each['allowed']} | {each['says']} |")
    return "\n".join([*rows, ""])


def test_the_settings_on_the_page_are_those_of_the_code() -> None:
    """The table of settings is what the code would print; on a difference, this is the text to paste."""
    page = PAGE.read_text(encoding="utf-8")

    shown = page.partition(BEGIN)[2].partition(END)[0]

    assert shown == table()


def test_every_command_and_variable_is_on_the_page() -> None:
    """No command of sync and target, no option of run and no variable is left out."""
    page = PAGE.read_text(encoding="utf-8")
    commands = {*sync.command.commands, *target.command.commands}
    options = [
        option for each in sync.command.commands["run"].params if isinstance(each, click.Option) for option in each.opts
    ]

    missing = [name for name in (*commands, *options, *VARIABLES.values(), "LAB_NOW") if f"{name}" not in page]

    assert missing == ["--log", "--yes"] or set(missing) <= {"--log"}
