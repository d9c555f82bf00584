"""`cohortlab demo`: watch a cohort sync, hour after hour, on two real exports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from cohortlab.rehearsal import Hour


@click.command("demo", help="Watch a cohort sync, hour after hour, on two real exports (or yours).")
@click.argument("exports", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True))
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option("--trait-key", default="amplitude", show_default=True, help="Trait key style or template.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
def command(exports: tuple[Path, ...], seed: int, trait_key: str, as_json: bool) -> int:
    """Rehearse two syncs an hour apart; exit 1 when a profile did not end where it must."""
    from rich.console import Console

    from cohortlab.progress import RunProgress
    from cohortlab.rehearsal import exports as shipped
    from cohortlab.rehearsal import rehearse

    paths = exports or shipped()
    console = Console(highlight=False, quiet=as_json, soft_wrap=True)
    hours = []
    with RunProgress(console) as progress:
        for hour in rehearse(paths, seed=seed, listeners=[progress], trait_key=trait_key):
            hours.append(hour)
            console.print(f"[bold]{hour.export}[/] synced\n")
    held = not any(hour.differences for hour in hours)
    if as_json:
        click.echo(json.dumps({"held": held, "hours": [hour.as_dict() for hour in hours]}, ensure_ascii=False))
        return 0 if held else 1
    console.print(_table(hours))
    if held:
        console.print("[green]The oracle agrees:[/] every profile ended where it must.")
        return 0
    wrong = [difference for hour in hours for difference in hour.differences]
    console.print(f"[red]The oracle disagrees[/] on {len(wrong)} traits; the first: {wrong[0]}")
    return 1


def _table(hours: list[Hour]) -> Table:
    from rich.table import Table

    table = Table(title="What the syncs did, and what became of it", title_justify="left")
    table.add_column("")
    for hour in hours:
        table.add_column(f"{datetime.fromtimestamp(hour.report.started_at, UTC):%H:%M}", justify="right")
    table.add_column("together", justify="right", style="bold")
    reports = [hour.report for hour in hours]

    def row(label: str, values: list[int], *, total: bool = True) -> None:
        table.add_row(label, *(f"{value:,}" for value in values), f"{sum(values):,}" if total else "")

    row("members", [report.members for report in reports], total=False)
    row("anonymous, skipped", [report.anonymous for report in reports], total=False)
    row("identified", [report.identified for report in reports], total=False)
    row("entered", [report.entered for report in reports])
    row("left", [report.left for report in reports])
    table.add_section()
    row("identify calls", [report.calls for report in reports])
    row("batches", [report.batches for report in reports])
    row("attempts", [report.attempts for report in reports])
    table.add_section()
    for verdict in ("delivered", "duplicate", "discarded"):
        row(f"verdict {verdict}", [hour.verdicts.get(verdict, 0) for hour in hours])
    row("profiles gone wrong", [len(hour.differences) for hour in hours])
    return table
