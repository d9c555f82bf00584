"""`cohortlab destinations`: what each of Segment's destinations does with a cohort's identify."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from cohortlab.completing import completion
from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from downstream.table import Row

INSTALL = "install"


def _slugs() -> Iterable[str]:
    from downstream.table import table

    return (INSTALL, *table())


def _json_value(_context: click.Context, _param: click.Parameter, given: str) -> Any:
    """Read JSON, or take what is none as text."""
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given


def _trait(_context: click.Context, _param: click.Parameter, given: str) -> str:
    if not given:
        raise click.BadParameter("a trait has a name, such as 'Power Users (7abc12de)'.")
    return given


@click.command("destinations")
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=completion(_slugs))
@click.option("--trait", default="Power Users (7abc12de)", show_default=True, metavar="KEY", callback=_trait)
@click.option("--value", default="true", show_default=True, metavar="JSON", callback=_json_value)
@click.option("--needs", metavar="WHAT", help="Only those that need this: email, name, a field, audience.")
@click.option("--loses", is_flag=True, help="Only those where the trait does not arrive by itself.")
@click.option("--renames", is_flag=True, help="Only those that change its name.")
@click.option("--live", is_flag=True, help="Ask the installed code of each NAME instead of the table.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    names: tuple[str, ...],
    trait: str,
    value: Any,
    needs: str | None,
    as_json: bool,
    **only: bool,
) -> None:
    """Say what becomes of a cohort's trait at Segment's destinations, as their own code has it; of one, everything.

    `cohortlab destinations install` puts that code (about 120 MB, by npm) where --live, `up` and scenarios find it.
    Everything else comes from a table that was measured with it, and needs neither.
    """
    if names == (INSTALL,):
        _install(as_json=as_json)
        return
    from downstream.table import as_json as row_as_json
    from downstream.table import card, row_named, table

    if only["live"] and not names:
        raise click.UsageError("--live asks the code of destinations that are named")
    rows = list(dict.fromkeys(row_named(name).slug for name in names)) or list(table())
    chosen = _live(rows) if only["live"] else [table()[slug] for slug in rows]
    chosen = [row for row in chosen if _is_meant(row, needs, loses=only["loses"], renames=only["renames"])]
    if not names and not needs:
        chosen = [row for row in chosen if row.acts]
    if as_json:
        say_json([row_as_json(row, trait, value) for row in chosen], indent=2)
    elif len(names) == 1:
        for row in chosen:
            for line in card(row, trait, value):
                say(line)
    else:
        _list(chosen, trait, value)


def _is_meant(row: Row, needs: str | None, *, loses: bool, renames: bool) -> bool:
    if loses and not (row.acts and (not row.arrives or row.needs or row.fill)):
        return False
    if renames and not row.renames:
        return False
    if needs is None:
        return True
    said = needs.lower()
    wanted = [
        *row.needs,
        *row.fill,
        *row.fill.values(),
        *(["Segment's audience context"] if row.wants_audience else []),
    ]
    return row.acts and any(said in each.lower() for each in wanted)


def _list(rows: list[Row], trait: str, value: Any) -> None:
    from cohortlab.terminal import Terminal
    from downstream.table import arrival_words, by_words, key_words, need_words, table, table_version, value_words

    heads = ("destination", "action", "trait", "lands at", "as", "needs")
    cells = [
        (
            row.slug,
            f"{row.action} ({by_words(row)})" if row.action else by_words(row),
            arrival_words(row),
            key_words(row, trait),
            value_words(row, value),
            need_words(row),
        )
        for row in rows
    ]
    Terminal(sys.stdout).table(heads, cells, boxed=False, columns=60)
    say()
    arriving = sum(bool(row.arrives) and not row.needs and not row.fill for row in rows)
    say(
        f"{len(rows)} of {len(table())} destinations; the trait arrives by itself in {arriving}. Measured with "
        f"@segment/action-destinations {table_version()}; name one for its request."
    )


def _live(slugs: list[str]) -> list[Row]:
    """Measure destinations now, with the code that is installed."""
    from downstream.measuring import measured_table
    from downstream.node import NodeProcess, require
    from downstream.table import table_version

    installation = require()
    if installation.version != table_version():
        told = f"{installation.folder} has version {installation.version} of the package; the table is of"
        say(f"{told} {table_version()}, and what is said now is of the former.", err=True)
    with NodeProcess(installation) as process:
        return list(measured_table(process, slugs))


def _install(*, as_json: bool) -> None:
    from downstream.node import install

    if not as_json:
        say("Installing Segment's destinations with npm; this takes half a minute.", err=True)
    done = install()
    if as_json:
        say_json({"folder": str(done.folder), "version": done.version, "node": done.node})
    else:
        say(f"{done.folder} has @segment/action-destinations {done.version}.")
