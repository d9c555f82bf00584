"""The group `cohortlab target`: named write keys, of which only the place is kept."""

# ruff: noqa: PLC0415 - what takes long to load is loaded when it is needed

from __future__ import annotations

import dataclasses
import os
import sys

import click

from cohortlab.saying import say
from cohortlab.syncs import given
from cohortlab.syncs.shown import print_json, print_table


@click.group()
def target() -> None:
    """Name the Segment sources that syncs tell."""


@target.command()
@click.argument("name")
@click.option("--key-env", metavar="VARIABLE", help="The environment variable that holds the write key.")
@click.option("--key-file", metavar="FILE", help="A file with the write key that only its owner can read; - for stdin.")
@click.option("--segment-url", metavar="URL", help="Segment, without /v1 [SEGMENT_BASE_URL].")
@given.state_option
@given.json_option
def add(
    *, name: str, key_env: str | None, key_file: str | None, segment_url: str | None, state: str | None, as_json: bool
) -> None:
    """Add the target NAME, or give it another key or address.

    With --key-file - the key is read from stdin and kept in the state folder, readable by its owner only.
    """
    from pathlib import Path

    from syncer.state import keep_key, kept_key

    if (key_env is None) == (key_file is None):
        raise click.UsageError("say where the write key is: --key-env or --key-file, one of them")
    config = given.configured({"state": state, "segment_url": segment_url})
    with given.opened(state) as opened:
        if key_env is not None:
            key_from = f"env:{key_env}"
        elif key_file == "-":
            key_from = keep_key(sys.stdin.read().strip(), kept_key(config.state, name))
        else:
            key_from = f"file:{Path(key_file or '').resolve()}"
        base_url = config.values["segment.base_url"]
        target = opened.registry.add_target(name, base_url, key_from, os.environ, given.now())
    if as_json:
        print_json(dataclasses.asdict(target))
    else:
        say(f"{name} added: {target.base_url}, key from {target.key_from}.")


@target.command("list")
@given.state_option
@given.json_option
def list_targets(*, state: str | None, as_json: bool) -> None:
    """List the targets; keys are not shown."""
    with given.opened(state) as opened:
        targets = opened.registry.targets()
    if as_json:
        print_json([dataclasses.asdict(each) for each in targets])
        return
    print_table(
        ("target", "Segment", "key from"),
        ([each.name, each.base_url, each.key_from] for each in targets),
        nothing="No targets. Add one with `cohortlab target add NAME --key-env VARIABLE`.",
    )


@target.command()
@click.argument("name")
@given.state_option
@given.json_option
def remove(*, name: str, state: str | None, as_json: bool) -> None:
    """Remove the target NAME, which no sync may use."""
    from syncer.state import kept_key

    with given.opened(state) as opened:
        opened.registry.remove_target(name)
        kept_key(given.configured({"state": state}).state, name).unlink(missing_ok=True)
    if as_json:
        print_json({"target": name, "state": "removed"})
    else:
        say(f"{name} removed.")
