"""The group `cohortlab sync`: run our sync engine against whatever base URLs and keys it is given."""

from __future__ import annotations

import click

from cohortlab.syncs import looking, running, standing


@click.group()
def sync() -> None:
    """Tell Segment who is in an Amplitude cohort, once or on a schedule."""


for each in (
    running.run,
    running.watch,
    running.retry_failed,
    running.clear,
    standing.add,
    standing.edit,
    standing.list_syncs,
    standing.show,
    standing.pause,
    standing.resume,
    standing.remove,
    looking.status,
    looking.history,
    looking.failed,
    looking.orphans,
):
    sync.add_command(each)
