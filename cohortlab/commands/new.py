"""`cohortlab new`: write a commented scenario to start from, and the schema by which editors complete it."""

from __future__ import annotations

from pathlib import Path

import click

from cohortlab.saying import say, say_lines
from scenarios.files import SCHEMA_FILE, schema_text, start_text


@click.command("new", help="Write a commented scenario file to start from, and beside it its schema; - prints it.")
@click.argument(
    "file", default="my-first.cohort.yaml", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True)
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def command(file: Path, force: bool) -> int:
    """Write the start; exit 2 when the file exists or cannot be written."""
    text = start_text()
    if str(file) == "-":
        say_lines(text)
        return 0
    if file.exists() and not force:
        raise click.UsageError(f"{file} exists; --force writes over it.")
    try:
        file.write_text(text, encoding="utf-8")
        file.with_name(SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")  # of this version, whichever was there
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}.") from error
    told = f"Wrote {file}, and {SCHEMA_FILE} beside it, by which editors complete it."
    say(f"{told} Run it with: cohortlab run {file}")
    return 0
