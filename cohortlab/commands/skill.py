"""`cohortlab skill`: the one page that a coding agent needs."""

from __future__ import annotations

import click

from cohortlab.carried import page
from cohortlab.saying import say_lines


@click.command("skill")
def command() -> None:
    """Print the page for coding agents: how to start, seed, drive and read a lab, and judge a sync with it.

    For an agent that keeps skills in files: cohortlab skill > .claude/skills/cohortlab/SKILL.md
    """
    say_lines(page("skill"))
