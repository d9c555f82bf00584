"""`cohortlab strength`: how many planted bugs a set of scenarios catches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from cohortlab.terminal import Terminal
    from scenarios.mutants import Fate


@click.command(
    "strength", help="Say which planted bugs your scenarios let live; without DIR, those of the library that ships."
)
@click.argument("files", nargs=-1, metavar="[DIR|FILE]...", type=click.Path(path_type=Path))
@click.option("--mutant", "only", multiple=True, metavar="NAME", help="Try this mutant only; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(files: tuple[Path, ...], only: tuple[str, ...], as_json: bool) -> int:
    """Run every mutant through the scenarios; exit 0 when all are caught, 1 when one lives."""
    from cohortlab.commands._scenarios import scenario_files
    from cohortlab.terminal import Terminal
    from scenarios import read_scenario
    from scenarios.files import nearest
    from scenarios.mutants import all_mutants, innocent, strength

    scenarios = [read_scenario(path) for path in scenario_files(files)]
    mutants = {each.__name__: each for each in all_mutants()}
    for name in only:
        if name not in mutants:
            raise click.UsageError(f"There is no mutant {name!r}; {nearest(name, mutants)}")
    innocent(scenarios)
    console = Terminal()
    fates = []
    for fate in strength(scenarios, [mutants[name] for name in only] or list(mutants.values())):
        fates.append(fate)
        if not as_json:
            _show(console, fate)
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


def _show(console: Terminal, fate: Fate) -> None:
    if fate.is_alive:
        console.say((f"lives   {fate.name}: {fate.bug}", "red"))
    else:
        console.say(f"caught  {fate.name}, by {fate.caught_by}")
