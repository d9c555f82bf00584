"""`cohortlab demo`: watch a cohort sync, hour after hour, on two exports that ship."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say_json

if TYPE_CHECKING:
    from cohortlab.rehearsal import Hour
    from cohortlab.terminal import Part, Terminal


_NEXT = (
    "",
    "Next: cohortlab new --program python         writes a sync program to start from (or node)",
    "      cohortlab run --subject 'COMMAND'      judges one, yours or that, by a hundred scenarios",
    "      cohortlab up                           serves both fakes to it, and says what became of every event",
)


@click.command("demo", help="Watch a cohort sync, hour after hour, on two exports that ship, or on yours.")
@click.argument("exports", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True))
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option("--trait-key", default="amplitude", show_default=True, help="Trait key style or template.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def command(exports: tuple[Path, ...], seed: int, trait_key: str, as_json: bool) -> int:
    """Rehearse two syncs an hour apart; exit 1 when a profile did not end where it must."""
    from cohortlab.progress import RunProgress
    from cohortlab.rehearsal import exports as shipped
    from cohortlab.rehearsal import rehearse
    from cohortlab.terminal import Terminal

    paths = exports or shipped()
    console = Terminal(quiet=as_json)
    hours = []
    with RunProgress(console) as progress:
        for hour in rehearse(paths, seed=seed, listeners=[progress], trait_key=trait_key):
            hours.append(hour)
            console.say((str(hour.export), "bold"), " synced")
            console.say()
    held = not any(hour.differences for hour in hours)
    if as_json:
        say_json({"held": held, "hours": [hour.as_dict() for hour in hours]})
        return 0 if held else 1
    _show(console, hours)
    if held:
        console.say(("The oracle agrees:", "green"), " every profile ended where it must.")
        for line in _NEXT:
            console.say(line)
        return 0
    wrong = [difference for hour in hours for difference in hour.differences]
    console.say(("The oracle disagrees", "red"), f" on {len(wrong)} traits; the first: {wrong[0]}")
    return 1


def _show(console: Terminal, hours: list[Hour]) -> None:
    times = [f"{datetime.fromtimestamp(hour.report.started_at, UTC):%H:%M}" for hour in hours]
    reports = [hour.report for hour in hours]

    def row(label: str, values: list[int], *, total: bool = True) -> list[Part]:
        return [label, *(f"{value:,}" for value in values), (f"{sum(values):,}" if total else "", "bold")]

    rows = [
        row("members", [report.members for report in reports], total=False),
        row("anonymous, skipped", [report.anonymous for report in reports], total=False),
        row("identified", [report.identified for report in reports], total=False),
        row("entered", [report.entered for report in reports]),
        row("left", [report.left for report in reports]),
        None,
        row("identify calls", [report.calls for report in reports]),
        row("batches", [report.batches for report in reports]),
        row("attempts", [report.attempts for report in reports]),
        None,
        *(
            row(f"verdict {verdict}", [hour.verdicts.get(verdict, 0) for hour in hours])
            for verdict in ("delivered", "duplicate", "discarded")
        ),
        row("profiles gone wrong", [len(hour.differences) for hour in hours]),
    ]
    heads = ["", *times, "together"]
    console.table(heads, rows, title="What the syncs did, and what became of it", numbers=heads[1:])
