"""`cohortlab drift`: where the lab is unlike the real services, by what was recorded of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from scenarios.drifting import Drifts


@click.command("drift")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, readable=True))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, folder: Path, as_json: bool) -> int:
    """Hold recorded answers against what the lab answers to the same calls: status, headers, shape, columns.

    FOLDER is what `record` or `import` made. Each drift is told with what it rests on, and the setting that follows it,
    where one does. Exit status: 0 the lab answers alike; 1 it does not; 2 there is no answer to hold against it.
    """
    from scenarios.drifting import drifts
    from scenarios.keeping import opened

    with opened(folder) as story:
        found = drifts(story)
    if as_json:
        say_json(
            {
                "drifts": [each.as_dict() for each in found.found],
                "compared": found.compared,
                "troubles": found.troubles,
                "without_answer": found.without_answer,
            }
        )
    else:
        _show(found)
    return 2 if not found.compared else int(bool(found.found))


def _show(found: Drifts) -> None:
    for each in found.found:
        times = f", {each.times:,} times" if each.times > 1 else ""
        say(f"{each.fake} {each.route}: {each.what} is {each.recorded}, the lab says {each.lab}{times}")
        rests = f"rests on {each.rests_on}; " if each.rests_on else ""
        follows = (
            f"`cohortlab setting {each.fake} {each.setting}` follows it" if each.setting else "no setting follows it"
        )
        say(f"    {rests}{follows} (entry {each.entry})")
    say(
        f"{len(found.found):,} drifts in {found.compared:,} answers; {found.troubles:,} were trouble, "
        f"{found.without_answer:,} calls have no answer that was kept."
    )
