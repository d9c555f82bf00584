"""Which scenarios a call means: files, folders, names of the library, and what narrows them down."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from scenarios import Outcome, Scenario

ENDING = ".cohort.yaml"
_STORE = "cohortlab"  # a folder in the user's cache


def scenario_files(given: Iterable[Path]) -> list[Path]:
    """Return the files that are meant: those given, all of a folder, those of the library by name, or all of it."""
    from scenarios import shipped

    library = {path.name.removesuffix(ENDING): path for path in shipped()}
    found: list[Path] = []
    for path in given:
        name = str(path).removesuffix(ENDING)
        if not path.exists() and name in library:
            found.append(library[name])
        elif not path.exists() and "." not in name and os.sep not in name:
            from scenarios.files import nearest

            told = f"There is no file {str(path)!r}, and no scenario of the library of that name"
            raise click.UsageError(
                f"{told}; {nearest(name, library, or_list=False) or 'cohortlab run --list has them'}"
            )
        elif not path.is_dir():
            found.append(path)
        else:
            inside = sorted(path.rglob(f"*{ENDING}"))
            if not inside:
                raise click.UsageError(f"There is no *{ENDING} in {path}.")
            found += inside
    return found or list(library.values())


def narrowed(scenarios: Sequence[Scenario], words: Sequence[str], behaviours: Sequence[str]) -> list[Scenario]:
    """Return those of the behaviours whose name or title holds one of the words, whatever the case."""
    from scenarios.files import nearest
    from scenarios.reports import BEHAVIOURS

    for word in behaviours:
        if word not in BEHAVIOURS:
            raise click.UsageError(f"There is no behaviour {word!r}; {nearest(word, BEHAVIOURS)}")
    wanted = [word.casefold() for word in words]
    found = [
        each
        for each in scenarios
        if (not behaviours or each.behaviour in behaviours)
        and (not wanted or any(word in f"{each.name} {each.title}".casefold() for word in wanted))
    ]
    if scenarios and not found:
        raise click.UsageError("No scenario is left by -k and --behaviour; --list shows what there is.")
    return found


def parameters_of(given: Iterable[str]) -> dict[str, Any]:
    """Read NAME=VALUE pairs; values are written as in YAML."""
    import yaml

    parameters = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set takes NAME=VALUE, not {pair!r}.")
        try:
            read = yaml.safe_load(value)
        except yaml.YAMLError:
            read = value
        parameters[name.strip()] = read if isinstance(read, (int, float, bool)) else value
    return parameters


def failed_last() -> set[str]:
    """Return the files that failed when scenarios were last run in this folder."""
    with suppress(OSError, ValueError):
        return set(map(str, json.loads(_store().read_text(encoding="utf-8"))))
    return set()


def remember_failed(outcomes: Sequence[Outcome]) -> None:
    """Keep which files failed, in the user's cache; those that were not run stay as they were."""
    failed = {str(Path(each.scenario.file).resolve()) for each in outcomes if not each.passed}
    run = {str(Path(each.scenario.file).resolve()) for each in outcomes}
    with suppress(OSError):  # a cache is no reason to fail
        _store().parent.mkdir(parents=True, exist_ok=True)
        _store().write_text(json.dumps(sorted(failed | (failed_last() - run))), encoding="utf-8")


def _store() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / _STORE / f"failed-{hashlib.sha256(str(Path.cwd()).encode()).hexdigest()[:16]}.json"
