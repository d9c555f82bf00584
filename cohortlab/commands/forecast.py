"""`cohortlab forecast`: let a month of syncs pass against the quotas, before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from scenarios.forecast import Mend, Month


@click.command("forecast")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--size", default=10_000, show_default=True, type=click.IntRange(0), help="Members, where none are told.")
@click.option(
    "--churn",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 1_000),
    help="Percent of the members who enter or leave in a day, where it is not told.",
)
@click.option("--no-mend", is_flag=True, help="Look for nothing that would mend it.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with pictures.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, file: Path, size: int, churn: float, no_mend: bool, html: Path | None, as_json: bool) -> int:
    """Let the days of the plan in FILE pass, and say what of it the quotas refuse, and what would mend it.

    FILE is YAML with the size, churn and cadence of each sync, or what `cohortlab sync list --json` printed; - reads
    standard input. The engine runs every sync against both fakes on the lab's clock, with small stand-in cohorts; what
    depends on size is reckoned from the real one. Exit status: 0 nothing is refused; 1 something is.
    """
    from scenarios.errors import FileUnusable
    from scenarios.forecast import mended, page, pass_month, read_plan
    from scenarios.reports import write_whole

    if html is not None and not html.resolve().parent.is_dir():
        raise FileUnusable(f"the page {html} cannot be written: it must be a file in a folder that exists.")
    plan = read_plan(Path("/dev/stdin") if str(file) == "-" else file, size=size, churn=churn / 100)
    month = pass_month(plan)
    mend = None if no_mend else mended(month, pass_month)
    if html is not None:
        write_whole(html, page(month, mend))
    if as_json:
        say_json({**month.as_dict(), "mend": None if mend is None else mend.as_dict()})
    else:
        _show(month, mend)
        if html is not None:
            say(f"The page is {html}.")
    return 0 if month.holds else 1


def _show(month: Month, mend: Mend | None) -> None:
    from cohortlab.terminal import Terminal
    from scenarios.forecast import age, mend_in_words, month_in_words

    console = Terminal()
    console.say((month.plan.title, "bold"), f", {month.plan.days} days")
    for line in month_in_words(month):
        say(f"  {line}")
    numbers = ("size", "due", "good", "refused", "median age", "worst age")
    console.table(
        ("sync", "cadence", *numbers, ""),
        (
            (
                each.sync.name,
                each.sync.cadence,
                f"{each.sync.size:,}",
                str(each.due),
                str(each.good),
                (str(each.refused), "red") if each.refused else "0",
                age(each.median_hours),
                age(each.worst_hours),
                ("starves", "red")
                if each.starves
                else f"{' and '.join(each.sync.assumed)} assumed"
                if each.sync.assumed
                else "",
            )
            for each in month.standings
        ),
        numbers=numbers,
    )
    if mend is not None:
        console.say(("What would mend it", "bold"))
        for line in mend_in_words(mend):
            say(f"  {line}")
