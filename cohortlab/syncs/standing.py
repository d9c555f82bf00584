"""Commands that manage standing syncs: add, edit, list, show, pause, resume, remove."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.saying import say
from cohortlab.syncs import given
from cohortlab.syncs.shown import print_json, print_table, when

if TYPE_CHECKING:
    from syncer import FileState
    from syncer.state import StandingSync

CADENCES = click.Choice(["once", "hourly", "daily", "realtime"])


@click.command()
@click.option("--cohort", required=True, metavar="ID", help="The cohort.")
@click.option("--target", required=True, metavar="NAME", help="A target that was added with `cohortlab target add`.")
@click.option("--cadence", type=CADENCES, default="once", show_default=True, help="How often it runs under `watch`.")
@given.set_option
@given.state_option
@given.json_option
def add(*, cohort: str, target: str, cadence: str, settings: tuple[str, ...], state: str | None, as_json: bool) -> None:
    """Add a standing sync; `watch` runs it at once, then in a slot of its own."""
    with given.opened(state) as opened:
        sync = opened.registry.add_sync(cohort, target, cadence, given.pairs(settings), given.now())
        _say(opened, sync, "added", as_json=as_json)


@click.command()
@click.argument("sync")
@click.option("--cadence", type=CADENCES, help="Another cadence.")
@given.set_option
@given.state_option
@given.json_option
def edit(*, sync: str, cadence: str | None, settings: tuple[str, ...], state: str | None, as_json: bool) -> None:
    """Change the cadence or settings of SYNC; it gets another slot and runs at once."""
    with given.opened(state) as opened:
        found = opened.registry.sync(sync)
        changed = opened.registry.edit(found, given.now(), cadence or found.cadence, given.pairs(settings))
        _say(opened, changed, "changed", as_json=as_json)


@click.command("list")
@given.state_option
@given.json_option
def list_syncs(*, state: str | None, as_json: bool) -> None:
    """List the standing syncs and when they run next."""
    with given.opened(state) as opened:
        entries = [_entry(opened, each) for each in opened.registry.syncs()]
    if as_json:
        print_json(entries)
        return
    print_table(
        ("sync", "cadence", "next run", "state"),
        ([each["sync"], each["cadence"], each["next_run"], each["state"]] for each in entries),
        nothing="No syncs. Add a target with `cohortlab target add`, then a sync with `cohortlab sync add`.",
    )


@click.command()
@click.argument("sync", required=False)
@given.state_option
@given.json_option
def show(*, sync: str | None, state: str | None, as_json: bool) -> None:
    """Show every setting of SYNC, with its default and what it means; without SYNC, the defaults."""
    from syncer import Settings
    from syncer.settings import described

    entry: dict[str, Any] = {}
    effective = Settings()
    if sync is not None:
        with given.opened(state) as opened:
            found = opened.registry.sync(sync)
            entry, effective = _entry(opened, found), found.effective
    rows = described(effective)
    if as_json:
        print_json({**entry, "settings": rows})
        return
    if entry:
        say(f"{entry['sync']}, {entry['cadence']}, {entry['state']}")
    columns = ("setting", "value", "default", "allowed", "says")
    print_table(columns, ([str(each[name]) for name in columns] for each in rows), nothing="")


@click.command()
@click.argument("sync")
@given.state_option
@given.json_option
def pause(*, sync: str, state: str | None, as_json: bool) -> None:
    """Stop scheduling SYNC until it is resumed."""
    with given.opened(state) as opened:
        _say(opened, opened.registry.pause(opened.registry.sync(sync)), "paused", as_json=as_json)


@click.command()
@click.argument("sync")
@given.state_option
@given.json_option
def resume(*, sync: str, state: str | None, as_json: bool) -> None:
    """Schedule SYNC again after it was paused, or disabled because its cohort was gone."""
    with given.opened(state) as opened:
        _say(opened, opened.registry.resume(opened.registry.sync(sync)), "resumed", as_json=as_json)


@click.command()
@click.argument("sync")
@given.state_option
@given.config_option
@given.json_option
def remove(*, sync: str, state: str | None, config: Path | None, as_json: bool) -> None:
    """Remove SYNC; its history stays. With the setting removal = clear, everybody is told false first."""
    from syncer import Engine

    with given.opened(state) as opened:
        found = opened.registry.sync(sync)
        entry = _entry(opened, found)
        current = opened.ledger.current(found.cohort_id, found.target)
        if found.effective.removal == "clear" and current is not None:
            configured = given.configured({"state": state, "config": config})
            Engine(opened, clock=configured.clock).clear(given.bound(configured, opened, found))
        opened.ledger.orphan(found.cohort_id, found.target, "its sync was removed", given.now())
        opened.registry.remove_sync(found)
    if as_json:
        print_json({**entry, "state": "removed"})
    else:
        say(f"{found.label} removed.")


def _say(state: FileState, sync: StandingSync, word: str, *, as_json: bool) -> None:
    entry = _entry(state, sync)
    if as_json:
        print_json(entry)
        return
    due = entry["next_run"]
    say(f"{sync.label} {word}" + (f"; next run at {due}." if due else "."))


def _entry(state: FileState, sync: StandingSync) -> dict[str, Any]:
    words = "paused" if sync.is_paused else f"disabled: {sync.disabled}" if sync.disabled else "scheduled"
    due = sync.due(state.ledger.last_begun(sync.cohort_id, sync.target), given.now())
    if words == "scheduled" and due is None:
        words = "done"
    return {
        "sync": sync.label,
        "cohort_id": sync.cohort_id,
        "target": sync.target,
        "cadence": sync.cadence,
        "settings": dict(sync.settings),
        "state": words,
        "next_run": when(due),
    }
