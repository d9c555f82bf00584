"""Run every benchmark, or those named: `python -m benchmarks [contracts segment ...]`."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Figure


def main(arguments: list[str]) -> None:
    """Measure and print; `--json` prints one JSON document instead."""
    as_json = "--json" in arguments
    wanted = [name for name in arguments if not name.startswith("-")]
    names = wanted or [path.stem.removeprefix("bench_") for path in sorted(Path(__file__).parent.glob("bench_*.py"))]
    width = None if sys.stdout.isatty() else 170  # wide enough to be read in a log
    console = Console(quiet=as_json, highlight=False, width=width)
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start. "
        "Trust ratios; absolute values move with the machine."
    )
    found: dict[str, list[Figure]] = {}
    for name in names:
        table = Table(title=name, title_justify="left")
        for heading in ("what", "measured", "bar", "", "baseline of the same run", "ratio", "note"):
            table.add_column(heading, justify="right" if heading in {"measured", "bar", "ratio"} else "left")
        found[name] = []
        for figure in import_module(f"benchmarks.bench_{name}").bench():
            found[name].append(figure)
            table.add_row(*_row(figure))
        console.print(table)
    if as_json:
        sys.stdout.write(json.dumps({name: [asdict(figure) for figure in figures] for name, figures in found.items()}))


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "[green]holds[/]", False: "[red]missed[/]", None: ""}[figure.holds]
    sign = "" if figure.bar is None else ("<= " if figure.less_is_better else ">= ")
    return (
        figure.what,
        f"{_number(figure.value)} {figure.unit}",
        "" if figure.bar is None else f"{sign}{_number(figure.bar)}",
        verdict,
        "" if figure.baseline_value is None else f"{figure.baseline}: {_number(figure.baseline_value)}",
        "" if figure.ratio is None else f"{figure.ratio:.2f}x",
        figure.note,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main(sys.argv[1:])
