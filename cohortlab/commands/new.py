"""`cohortlab new`: write a commented scenario, or a sync program that gets it right, to start from."""

from __future__ import annotations

from pathlib import Path

import click

from cohortlab.saying import say, say_lines
from scenarios.files import SCHEMA_FILE, schema_text, start_text

# What each language's program is called, and how it is started.
PROGRAMS = {"python": ("sync.py", "python3"), "node": ("sync.mjs", "node")}


@click.command("new")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--program", type=click.Choice(list(PROGRAMS)), help="Write a sync program instead.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def command(file: Path | None, program: str | None, force: bool) -> int:
    """Write a commented scenario to start from, and beside it the schema by which editors complete it.

    With --program it is a sync program without any dependency that passes every scenario that ships. FILE is
    my-first.cohort.yaml, sync.py or sync.mjs unless given; - prints it. A scenario of what happened in a lab is written
    by `cohortlab keep`.
    """
    return _new_scenario(file, force=force) if program is None else _new_program(program, file, force=force)


def _new_scenario(file: Path | None, *, force: bool) -> int:
    file = file or Path("my-first.cohort.yaml")
    # The schema is of this version, whichever was there.
    if _write(file, start_text(), force=force) and _write(file.with_name(SCHEMA_FILE), schema_text(), force=True):
        told = f"Wrote {file}, and {SCHEMA_FILE} beside it, by which editors complete it."
        say(f"{told} Run it with: cohortlab run {file}")
    return 0


def _new_program(program: str, file: Path | None, *, force: bool) -> int:
    from cohortlab.carried import folder

    name, runner = PROGRAMS[program]
    file = file or Path(name)
    if _write(file, (folder("examples") / name).read_text(encoding="utf-8"), force=force):
        say(f"Wrote {file}. Judge it with: cohortlab run --subject '{runner} {file}'")
    return 0


def _write(file: Path, text: str, *, force: bool) -> bool:
    """Write a file, or print it for `-`; return whether it was written."""
    if str(file) == "-":
        say_lines(text)
        return False
    if file.exists() and not force:
        raise click.UsageError(f"{file} exists; --force writes over it.")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}.") from error
    return True
