"""`cohortlab strength`: how many planted bugs a set of scenarios catches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.commands._campaigning import (
    campaign_options,
    crew_of,
    given_of,
    keeping,
    named_by_digest,
    of_this_machine,
    unchanged,
    watched,
)
from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from cohortlab.terminal import Terminal
    from scenarios.mutants import Fate, SmallSync


@click.command(
    "strength", help="Say which planted bugs your scenarios let live; without DIR, those of the library that ships."
)
@click.argument("files", nargs=-1, metavar="[DIR|FILE]...", type=click.Path(path_type=Path))
@click.option("--mutant", "only", multiple=True, metavar="NAME", help="Try this mutant only; may be repeated.")
@click.option("--maxfail", type=click.IntRange(1), help="Stop after so many that live.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes to use.")
@campaign_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, jobs: int, as_json: bool, **asked: Any) -> int:
    """Run every mutant through the scenarios; exit 0 when all are caught, 1 when one lives."""
    from cohortlab.commands._scenarios import scenario_files
    from cohortlab.terminal import Terminal
    from scenarios import read_scenario
    from scenarios.mutants import FATES, innocent, strength

    given = given_of(asked)
    paths = [] if given.resume else scenario_files(asked["files"])
    asked["files"] = named_by_digest(paths)
    with keeping("strength", given, asked, FATES) as kept:
        asked = dict(kept.asked if kept is not None else asked)
        scenarios = [read_scenario(path) for path in paths or unchanged(asked["files"])]
        mutants = _mutants(asked["only"])
        console = Terminal()
        fates: list[Fate] = []
        with crew_of(given, of_this_machine(jobs)) as crew:
            innocent(scenarios, crew, kept)
            results = strength(scenarios, mutants, crew, kept)
            for fate in watched(results, len(mutants), crew, kept, given, of="mutants"):
                fates.append(fate)
                if not as_json:
                    _show(console, fate)
                if asked["maxfail"] and sum(each.is_alive for each in fates) >= asked["maxfail"]:
                    break
    alive = [fate for fate in fates if fate.is_alive]
    if as_json:
        document = {
            "mutants": [fate.as_dict() for fate in fates],
            "caught": len(fates) - len(alive),
            "alive": len(alive),
        }
        say_json(document)
    else:
        say(f"{len(fates) - len(alive)} of {len(fates)} planted bugs caught by {len(scenarios)} scenarios")
    return 1 if alive else 0


def _mutants(only: Sequence[str]) -> list[type[SmallSync]]:
    from scenarios.files import nearest
    from scenarios.mutants import all_mutants

    mutants = {each.__name__: each for each in all_mutants()}
    for name in only:
        if name not in mutants:
            raise click.UsageError(f"There is no mutant {name!r}; {nearest(name, mutants)}")
    return [mutants[name] for name in only] or list(mutants.values())


def _show(console: Terminal, fate: Fate) -> None:
    if fate.is_alive:
        console.say((f"lives   {fate.name}: {fate.bug}", "red"))
    else:
        console.say(f"caught  {fate.name}, by {fate.caught_by}")
