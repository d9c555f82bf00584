"""`cohortlab check --warehouse ENGINE --cohorts LIST`: the cohorts of a workspace, judged as one set of columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from cohortlab.commands import _check_inputs as inputs
from cohortlab.saying import say
from contracts.errors import BadInput, BadTraitKey
from contracts.examining import Examination, Finding, Trouble, at_place
from contracts.foreign import quoted
from contracts.reading import EXPORT, CohortList, Form, Listed
from contracts.trait_key import TRAIT_KEY_STYLES, TraitKey, TraitKeyFormat, trait_key_format
from contracts.warehouse import CohortSet, Engine

ALL_STYLES: Final = "all"
_LISTS: Final = (".json", ".ndjson", ".jsonl")
_EXPORTS: Final = (".csv", ".csv.gz")
_LARGEST: Final = 64_000_000
"""Bytes of a list of cohorts; Amplitude's answer has some 1,000 for each."""


def spellings(said: str) -> list[TraitKeyFormat]:
    """Return the spellings of trait keys that are asked for: one, or every published one."""
    return [trait_key_format(style) for style in (TRAIT_KEY_STYLES if said == ALL_STYLES else (said,))]


def judged(lists: tuple[str, ...], engine: Engine, said: str, examination: Examination) -> Iterator[Finding | Trouble]:
    """Yield what is wrong with the cohorts of all lists together, in every spelling that is asked for."""
    formats = spellings(said)
    reader = CohortList(formats[0])
    listed: list[Listed] = []
    for given in lists:
        try:
            found = list(_read(given, reader))
        except BadInput as error:
            yield examination.trouble(given, str(error))
            continue
        examination.tally.names.append(inputs.name_of(given))
        if not found:
            yield examination.trouble(given, "names no cohort")
        listed += found
    examination.tally.cohorts = len({each.cohort for each in listed})
    made_up = sum(each.is_numbered for each in listed)
    if made_up:
        say(
            f"{made_up:,} of the cohorts come without an id; each is judged with one of 8 letters, x0000001 and so on. "
            "A list with `id` and `name` is judged by the real ones.",
            err=True,
        )
    for spelling in formats:
        writable = []
        for each in listed:
            try:
                spelling.format(each.cohort.name, each.cohort.cohort_id)
            except BadTraitKey as error:
                yield examination.trouble(_where(each), str(error))
            else:
                writable.append(each)
        cohorts = CohortSet([each.cohort for each in writable], spelling, engine)
        for place, seen in cohorts.violations():
            each = writable[place]
            yield from examination.kept([at_place(each.file, each.line, each.column, seen.under(each.pointer))])


def _where(each: Listed) -> str:
    return f"{each.file}:{each.line}" if each.line else each.file


def _read(given: str, reader: CohortList) -> Iterator[Listed]:
    """Yield the cohorts of a list, a scenario, a folder of exports, or a lab."""
    if given.startswith(("http://", "https://")):
        yield from _of_a_lab(given)
    elif given != inputs.STDIN and Path(given).is_dir():
        yield from _of_a_folder(Path(given), reader)
    else:
        with inputs.opened(given) as stream:
            form = inputs.form_of_stream(stream)
            if form is not None and form.name == "scenario":
                yield from _of_a_scenario(given)
                return
            _refuse(given, form)
            data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise BadInput(f"{given} has more than {_LARGEST:,} bytes; expected a list of cohorts")
        yield from reader.read(data, inputs.name_of(given))


def _refuse(file: str, form: Form | None) -> None:
    """Refuse what is plainly no list of cohorts, and say what it is."""
    if form is EXPORT:
        raise BadInput(
            f"{file} is {form.what}, with its members; expected a list of cohorts, or the folder that exports are in"
        )
    if form is not None and form.name not in {"csv", "list", "memberships", "events"}:
        raise BadInput(form.refusal(file, "a list of cohorts"))


def _of_a_folder(folder: Path, reader: CohortList) -> Iterator[Listed]:
    """Yield the cohorts of a folder: by its lists, and by the names of its exports."""
    names: dict[str, str] = {}
    inside = sorted(each for each in folder.rglob("*") if inputs.may_be_meant(each, folder))
    for file in inside:
        if file.name.endswith(_LISTS):
            for each in _read(str(file), reader):
                names[each.cohort.cohort_id] = each.cohort.name
                yield each
    stems: dict[str, str] = {}
    for file in inside:
        ending = next((ending for ending in _EXPORTS if file.name.lower().endswith(ending)), None)
        if ending is not None:
            stems.setdefault(file.name[: -len(ending)], str(file))
    if not names and not stems:
        raise BadInput(f"{folder} holds no export (.csv) and no list of cohorts (.json)")
    yield from reader.of_exports(stems, names)


def _of_a_scenario(file: str) -> Iterator[Listed]:
    """Yield the cohorts of a scenario, under every name that it gives them."""
    from scenarios.errors import BadScenario
    from scenarios.files import read_scenario

    try:
        scenario = read_scenario(Path(file))
    except BadScenario as error:
        raise BadInput(str(error)) from None
    for short, plan in scenario.cohorts.items():
        place = scenario.places.place(("cohorts", short, "name"))
        yield Listed(TraitKey(plan.name, plan.cohort_id), file, place.line, place.column)
    for step in scenario.steps:
        if step.verb == "rename" and step.cohort in scenario.cohorts:
            key = TraitKey(str(step.data["to"]), scenario.cohorts[step.cohort].cohort_id)
            yield Listed(key, file, step.place.line, step.place.column)


def _of_a_lab(url: str) -> Iterator[Listed]:
    """Yield the cohorts of a lab that runs, by its control plane."""
    from cohortlab.live import amplitude_at
    from mock_core.errors import LabError

    try:
        rows = amplitude_at(url).cohorts()
    except click.ClickException as error:
        raise BadInput(f"{url}: {error.format_message()}") from None
    except LabError as error:
        raise BadInput(f"{url}: {error}") from None
    for index, row in enumerate(rows):
        yield Listed(TraitKey(str(row["name"]), str(row["id"])), url, 0, 1, f"/cohorts/{index}/name")


def unreadable(options: dict[str, Any], files: tuple[str, ...]) -> str | None:
    """Return why these options do not go together, or None."""
    if not options["cohorts"]:
        return None
    if options["warehouse"] is None:
        return "--cohorts needs the engine: --warehouse postgres, duckdb, redshift, snowflake or bigquery"
    if files or options["sequence"] or options["plan"] or options["evolution"] or options["contract"]:
        given = quoted(files[0]) if files else "another way to check"
        return f"--cohorts judges lists of cohorts alone; {given} needs a call of its own"
    return None
