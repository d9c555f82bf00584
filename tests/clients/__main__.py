"""Run clients through every situation and keep what was measured: `python -m tests.clients [NAME...]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests.clients.installing import NotInstalled
from tests.clients.known import CLIENTS, client
from tests.clients.trial import SITUATIONS, attempt, number_becomes

MEASURED = Path(__file__).parent / "measured.json"


def main(names: list[str]) -> int:
    """Measure the clients named, or all; the figures of others stay. Returns 1 when one could not be had."""
    console = Console(stderr=True, highlight=False)
    try:
        wanted = [client(name) for name in names] or list(CLIENTS)
    except KeyError as error:
        console.print(f"Error: {error.args[0]}", markup=False)
        return 2
    measured = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    missing = 0
    with Progress(console=console) as progress:
        task = progress.add_task("clients", total=len(wanted) * len(SITUATIONS))
        for each in wanted:
            found = {}
            for situation in SITUATIONS:
                progress.update(task, description=f"{each.name}: {situation}")
                try:
                    found[situation] = attempt(each, situation).as_dict()
                except NotInstalled as error:
                    console.print(f"{each.name}: {error}", markup=False)
                    missing = 1
                    break
                progress.advance(task)
            else:
                measured[each.name] = {
                    "version": each.version,
                    "number": number_becomes(each),
                    "situations": found,
                }
                MEASURED.write_text(json.dumps(measured, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return missing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
