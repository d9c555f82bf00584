"""Commands that look: status, history, failed, orphans."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.saying import say
from cohortlab.syncs import given
from cohortlab.syncs.shown import print_json, print_table

if TYPE_CHECKING:
    from syncer import FileState
    from syncer.state import Holding

HISTORY = (
    "run",
    "kind",
    "cohort_id",
    "target",
    "status",
    "started_at",
    "seconds",
    "entered",
    "left",
    "calls",
    "attempts",
    "failed",
    "reason",
)


@click.command()
@click.argument("sync", required=False)
@given.state_option
@given.json_option
def status(*, sync: str | None, state: str | None, as_json: bool) -> None:
    """Say of SYNC, or of every sync, how its last run ended, and what is unfinished, failed or held."""
    with given.opened(state) as opened:
        entries = [_standing(opened, *pair) for pair in _pairs(opened, sync)]
    if as_json:
        print_json(entries)
        return
    columns = ("sync", "last_run", "last_status", "ended_at", "holders", "orphaned", "unfinished", "failed_rows")
    print_table(columns, ([each[name] for name in columns] for each in entries), nothing="Nothing has run yet.")


@click.command()
@click.argument("sync", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--last", type=click.IntRange(min=1), help="Only so many runs, the newest.")
@given.state_option
@given.json_option
def history(*, sync: str | None, as_csv: bool, last: int | None, state: str | None, as_json: bool) -> None:
    """List the runs of SYNC, or of every sync, newest first."""
    from syncer.standing import entry, write_csv

    cohort_id, _, target = (sync or "").partition(":")
    with given.opened(state) as opened:
        runs = opened.ledger.runs(cohort_id or None, target or None)[:last]
    if as_csv:
        write_csv(runs, sys.stdout)
        return
    entries = [entry(run) for run in runs]
    if as_json:
        print_json(entries)
        return
    print_table(HISTORY, ([each[name] for name in HISTORY] for each in entries), nothing="Nothing has run yet.")


@click.command()
@click.argument("sync", required=False)
@given.state_option
@given.json_option
def failed(*, sync: str | None, state: str | None, as_json: bool) -> None:
    """List the users that Segment refused, and why; `retry-failed` tells them again."""
    with given.opened(state) as opened:
        rows = [
            {"sync": ":".join(pair), **dataclasses.asdict(row)}
            for pair in _pairs(opened, sync)
            for row in opened.ledger.failed_rows(*pair)
        ]
    if as_json:
        print_json(rows)
        return
    columns = ("sync", "run", "user_id", "value", "reason")
    print_table(columns, ([each[name] for name in columns] for each in rows), nothing="Nobody was refused.")


@click.command()
@given.state_option
@given.json_option
@given.config_option
@click.option("--ask", is_flag=True, help="Ask Amplitude too, which cohorts are gone or have another name by now.")
@click.option("--accept", metavar="KEY", help="List no more how many were lost under this trait key: they are seen to.")
def orphans(*, ask: bool, accept: str | None, state: str | None, config: Path | None, as_json: bool) -> None:
    """List traits that are still true for somebody and that nothing sets to false: renamed, removed or gone.

    `cohortlab sync clear --trait KEY` sets one to false for everybody who is known to hold it. Of those in a snapshot
    that was lost, only the number is known.
    """
    with given.opened(state) as opened:
        if accept is not None:
            say(f"{opened.ledger.accept(accept):,} who were lost are listed no more.", err=True)
        found = opened.ledger.orphans()
        if ask:
            listed = _listed({"state": state, "config": config})
            found += list(_gone(opened.ledger.holdings(), listed))
    if as_json:
        print_json([dataclasses.asdict(each) for each in found])
        return
    columns = ("cohort_id", "target", "trait_key", "members", "reason")
    print_table(columns, ([getattr(each, name) for name in columns] for each in found), nothing="No orphans.")


def _gone(holdings: Iterable[Holding], listed: set[str]) -> Iterable[Holding]:
    """Yield current holdings of cohorts that Amplitude does not list any more."""
    for each in holdings:
        if each.is_current and each.members and each.cohort_id not in listed:
            yield dataclasses.replace(each, is_current=False, reason="Amplitude lists no such cohort any more")


def _listed(options: dict[str, Any]) -> set[str]:
    from syncer import Engine, MemoryState

    config = given.configured(options)
    with MemoryState() as state:
        listed = Engine(state, clock=config.clock).cohorts(config.source, config.settings)
    return {cohort.id for cohort in listed}


def _pairs(state: FileState, label: str | None) -> list[tuple[str, str]]:
    """Return the cohorts and targets that are meant: standing syncs, and whatever has run without being one."""
    known = dict.fromkeys((each.cohort_id, each.target) for each in state.registry.syncs())
    known |= dict.fromkeys((run.cohort_id, run.target) for run in reversed(state.ledger.runs()))
    return [pair for pair in known if label in {None, pair[0], ":".join(pair)}]


def _standing(state: FileState, cohort_id: str, target: str) -> dict[str, Any]:
    from syncer.standing import entry

    runs = state.ledger.runs(cohort_id, target)
    current = state.ledger.current(cohort_id, target)
    unfinished = state.ledger.unfinished(cohort_id, target)
    last = entry(runs[0]) if runs else {}
    return {
        "sync": f"{cohort_id}:{target}",
        "last_run": last.get("run", ""),
        "last_status": last.get("status", "never run"),
        "ended_at": last.get("finished_at") or "",
        "reason": last.get("reason", ""),
        "trait_key": current.trait_key if current else "",
        "holders": current.members if current else 0,
        "orphaned": sum(
            each.members for each in state.ledger.orphans() if (each.cohort_id, each.target) == (cohort_id, target)
        ),
        "unfinished": unfinished.id if unfinished else "",
        "failed_rows": len(state.ledger.failed_rows(cohort_id, target)),
    }
