"""`cohortlab check`: payloads from anywhere against the contracts, over time, and against a tracking plan."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from cohortlab.commands import _check_cohorts as cohorts
from cohortlab.commands import _check_filters as filters
from cohortlab.commands import _check_inputs as inputs
from cohortlab.commands._check_inputs import Source
from cohortlab.commands._check_outputs import SHOWN, reporting
from cohortlab.completing import completion, destination_slugs, rule_words
from cohortlab.saying import say, say_json, say_lines
from contracts.check import CONTRACTS, contract
from contracts.destinations import AtDestinations
from contracts.errors import BadInput
from contracts.examining import (
    Baseline,
    Configuration,
    Examination,
    Finding,
    Recorder,
    Tally,
    Trouble,
    baseline,
    placed,
)
from contracts.plans import ENFORCEMENTS, PlanJudge, read_plan
from contracts.policy import Policy, policy
from contracts.reading import (
    CURL,
    JOURNAL,
    RECORDED_IN_YAML,
    RECORDING,
    read_curl,
    read_export,
    read_sifted,
    read_yaml_calls,
)
from contracts.reports import REPORTS
from contracts.rule import Severity
from contracts.sequences import Sequence
from contracts.trait_key import TRAIT_KEY_STYLES, TraitKeyFormat, trait_key_format
from contracts.warehouse import ENGINES, Warehouse
from contracts.warehouse import engine as engine_called

_FILE: Final = click.Path()  # whether it can be read is told in every report, and hides nothing else
_WRITTEN: Final = click.Path(path_type=Path, dir_okay=False)
_FAILS: Final[dict[str, set[Severity]]] = {
    "error": {Severity.ERROR},
    "warning": {Severity.ERROR, Severity.WARNING},
    "note": set(Severity),
    "never": set(),
}
_LONG: Final = 8_000_000
"""Bytes from which on a progress bar is worth looking at."""

_OPTIONS: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (
        ("--contract",),
        {
            "metavar": "NAME",
            "help": f"One of {', '.join(CONTRACTS)}, export.",
            "shell_complete": completion(lambda: (*CONTRACTS, "export")),
        },
    ),
    (
        ("--trait-key",),
        {
            "metavar": "STYLE",
            "help": f"One of {', '.join(TRAIT_KEY_STYLES)}, or a template; with --cohorts also {cohorts.ALL_STYLES}.",
            "shell_complete": completion(lambda: (*TRAIT_KEY_STYLES, cohorts.ALL_STYLES)),
        },
    ),
    (("--sequence",), {"is_flag": True, "help": "Also hold the files, in order, to the contracts over time."}),
    (("--memberships",), {"multiple": True, "type": _FILE, "help": "Who is in which cohort at the end, as JSON."}),
    (("--members",), {"multiple": True, "metavar": "KEY=CSV", "help": "The same: one trait key and its export."}),
    (("--plan",), {"type": _FILE, "help": "Also hold events to this tracking plan; without FILE check the plan."}),
    (("--plan-settings",), {"type": _FILE, "help": "Segment's schemaSettings for the plan, as JSON."}),
    (("--enforce",), {"type": click.Choice(list(ENFORCEMENTS)), "help": "The same, in one word."}),
    (
        ("--warehouse",),
        {
            "metavar": "ENGINE",
            "help": f"One of {', '.join(ENGINES)}: judge columns by what it keeps of a name.",
            "shell_complete": completion(lambda: ENGINES),
        },
    ),
    (
        ("--cohorts",),
        {
            "multiple": True,
            "metavar": "LIST",
            "help": "Judge cohorts as one set of columns: a list, a scenario, a folder of exports, or a lab's URL.",
        },
    ),
    (
        ("--destination", "destinations"),
        {
            "multiple": True,
            "metavar": "NAME",
            "help": "Also say what Segment's destinations do to cohort traits; several with commas.",
            "shell_complete": completion(destination_slugs),
        },
    ),
    (
        ("--filter", "filters"),
        {
            "multiple": True,
            "metavar": "FQL",
            "help": "Say what a filter of Segment really does; @FILE and - hold one a line.",
        },
    ),
    (("--trait",), {"default": "", "metavar": "KEY", "help": "With --filter: the cohort's trait it is about."}),
    (("--evolution",), {"type": _FILE, "help": "Compare: FILE is the next version of this schema or plan."}),
    (("--output",), {"type": click.Choice(list(REPORTS)), "default": "text", "show_default": True}),
    (("--json", "as_json"), {"is_flag": True, "help": "The same as --output json."}),
    (("--junit",), {"type": _WRITTEN, "help": "Write a JUnit file as well."}),
    (("--sarif",), {"type": _WRITTEN, "help": "Write a SARIF file as well."}),
    (("--github",), {"is_flag": True, "help": "Write GitHub annotations as well, to standard error."}),
    (("--statistics",), {"is_flag": True, "help": "Count findings by rule instead of showing them."}),
    (
        ("--limit",),
        {
            "type": click.IntRange(0),
            "metavar": "N",
            "help": f"Findings of one rule and file to report, 0 for all.  [default: {SHOWN} as text, else all]",
        },
    ),
    (
        ("--select",),
        {
            "multiple": True,
            "metavar": "CODE",
            "help": "Judge only these rules: codes, starts, or names.",
            "shell_complete": completion(rule_words),
        },
    ),
    (
        ("--ignore",),
        {"multiple": True, "metavar": "CODE", "help": "Do not judge these. Both take several, with commas."},
    ),
    (("--severity",), {"multiple": True, "metavar": "CODE=LEVEL", "help": "Take a rule more or less seriously."}),
    (("--pedantic",), {"is_flag": True, "help": "Also judge the rules that not everybody wants."}),
    (("--baseline",), {"type": click.Path(dir_okay=False), "help": "Leave out the findings in this file."}),
    (("--write-baseline",), {"type": click.Path(dir_okay=False, writable=True), "help": "Write the findings to this."}),
    (("--fail-on",), {"type": click.Choice(list(_FAILS)), "help": "What makes the status 1.  [default: warning]"}),
    (("--config",), {"type": _FILE, "help": "The pyproject.toml to use.  [default: the nearest]"}),
)


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    for names, described in reversed(_OPTIONS):
        function = click.option(*names, **described)(function)
    return function


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE|FOLDER|-...")
@_with_options
@click.pass_context
def command(context: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Check payloads: events, arrays, batch envelopes, NDJSON, a cohort's CSV, recorded calls, journals, recordings.

    A FOLDER gives all files in it that are one of these, a pattern such as 'calls/*.json' those that match.

    Exit status: 0 nothing to act on; 1 a contract does not hold; 2 the call or a file is wrong.
    """
    if filters.asked_for(options, files):
        settings, _ = inputs.project_configuration(options["config"])
        failing = _FAILS[options["fail_on"] or settings.fail_on]
        rules = _policy(settings, options)
        context.exit(filters.judge_filters(options["filters"], options["trait"], options, rules, failing))
    together = cohorts.unreadable(options, files)
    if together is not None:
        raise click.UsageError(together)
    if not files and options["plan"] is None and not options["cohorts"]:
        raise click.UsageError("name at least one FILE, or - for standard input")
    if options["evolution"] is not None:
        context.exit(_compare(options["evolution"], files, options["as_json"] or options["output"] == "json"))
    if options["write_baseline"]:
        settings, _ = inputs.project_configuration(options["config"])
        context.exit(_write_baseline(Path(options["write_baseline"]), _examined(files, settings, options, Tally())))
    tally = Tally()
    with reporting(options, tally) as outputs:
        settings, folder = inputs.project_configuration(options["config"])
        known = _known(options["baseline"], settings, folder)
        for found in _examined(files, settings, options, tally):
            if isinstance(found, Finding) and known is not None and known.forgives(found):
                tally.forgive(found)
            else:
                outputs.show(found)
        tally.gone = known.gone(tally.names) if known is not None else 0
    failing = _FAILS[options["fail_on"] or settings.fail_on]
    context.exit(2 if tally.troubles else 1 if any(tally.findings[level] for level in failing) else 0)


def _examined(
    files: tuple[str, ...], settings: Configuration, options: dict[str, Any], tally: Tally
) -> Iterator[Finding | Trouble]:
    """Yield what is found, as it is found, and what cannot be judged where it comes."""
    engine = engine_called(options["warehouse"]) if options["warehouse"] is not None else None
    if options["cohorts"] and engine is not None:
        rules = contract("event", policy=_policy(settings, {**options, "pedantic": True}))
        said = options["trait_key"] or settings.trait_key
        yield from cohorts.judged(options["cohorts"], engine, said, Examination(rules, tally=tally))
        return
    over_time = options["sequence"] or options["plan"]
    said = options["contract"] or settings.contract
    name = said or ("event" if over_time else "cohort-identify")
    spelling = trait_key_format(options["trait_key"] or settings.trait_key)
    chosen = contract("event" if name == "export" else name, spelling.style, _policy(settings, options))
    examination = Examination(
        chosen, sequence=Sequence(spelling) if options["sequence"] else None, tally=tally, warehouse=Warehouse(engine)
    )
    if options["destinations"]:
        from downstream.table import as_contract, row_named

        led_to = [as_contract(row_named(name)) for name in _words(options["destinations"])]
        examination.destinations = AtDestinations(led_to, spelling)
    if options["plan"]:
        yield from _planned(options["plan"], examination, spelling, options, needed=bool(files))
    for file, members in inputs.all_memberships(options["memberships"], options["members"], spelling):
        if isinstance(members, BadInput):
            yield examination.trouble(file, str(members))
        else:
            examination.memberships = {**(examination.memberships or {}), **members}
    sources = list(inputs.sources(files))
    with _progress(sources, examination):
        for source in sources:
            try:
                yield from _judged(source, name, examination, is_said=said is not None)
            except BadInput as error:
                yield examination.trouble(source.file, str(error))
    if files and not tally.names and not tally.troubles:
        yield examination.trouble(files[0], "holds no file that can be checked")
    yield from examination.end()


def _judged(source: Source, name: str, examination: Examination, *, is_said: bool) -> Iterator[Finding | Trouble]:
    """Yield the findings of one file, read as what it is."""
    file = inputs.name_of(source.file)
    with inputs.opened(source.file) as stream:
        form = inputs.form_of_stream(stream)
        if not inputs.is_meant(source, form, name):
            return
        if form in (JOURNAL, RECORDING) and form is not None:
            yield from examination.payloads(inputs.recorded_uploads(source.file, form), file)
        elif form == CURL and name != "export":
            yield from examination.payloads(read_curl(stream.read()), file)
        elif form == RECORDED_IN_YAML and name != "export":
            yield from examination.payloads(read_yaml_calls(stream), file)
        elif inputs.is_export(form, name, is_said=is_said):
            if name != "export":
                say(f"{file} is the CSV of a cohort: it is read as with --contract export.", err=True)
            yield from examination.faults(read_export(stream), file)
        elif inputs.is_of_events(form):
            yield from examination.payloads(read_sifted(stream, examination.stencils), file)
        elif form is not None:
            raise BadInput(form.refusal(file, "a cohort's CSV" if name == "export" else "a file of events"))


def _planned(
    file: str, examination: Examination, spelling: TraitKeyFormat, options: dict[str, Any], *, needed: bool
) -> Iterator[Finding | Trouble]:
    """Yield what is wrong with the plan, and hold the events to it when it can be read."""
    try:
        document = inputs.json_document(file)
    except BadInput as error:
        yield examination.trouble(file, str(error))
        return
    read_as, faults = read_plan(document.value, spelling)
    yield from examination.kept(placed(file, document, faults))
    examination.tally.plan_rules = len(read_as.rules) if read_as is not None else None
    if not needed:
        return
    if read_as is None:
        yield examination.trouble(file, f"{file}: {faults[0].found}")
        return
    try:
        given = inputs.plan_settings(options["plan_settings"], options["enforce"] or "allow")
    except BadInput as error:
        yield examination.trouble(file, str(error))
    else:
        examination.plan = PlanJudge(read_as, given)


def _compare(old_file: str, files: tuple[str, ...], as_json: bool) -> int:
    """Compare two versions of a schema or plan, and say what breaks."""
    if len(files) != 1:
        raise click.UsageError("--evolution compares the old version with one FILE, the new one")
    from contracts.evolution import compare, comparison_dict, comparison_text

    comparison = compare(inputs.json_document(old_file).value, inputs.json_document(files[0]).value)
    if as_json:
        say_json(comparison_dict(comparison), indent=2)
    else:
        say_lines(comparison_text(comparison, old_file, files[0]))
    return 2 if comparison.skipped else 1 if comparison.breaks else 0


def _policy(settings: Configuration, options: dict[str, Any]) -> Policy:
    """Join what the project wants with what this call wants; the call wins."""
    levels = dict(settings.severity)
    for pair in _words(options["severity"]):
        code, _, level = pair.partition("=")
        levels[code] = level
    return policy(
        _words(options["select"]) or settings.select,
        (*settings.ignore, *_words(options["ignore"])),
        levels,
        pedantic=options["pedantic"] or settings.pedantic,
    )


def _words(given: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was given, taken apart at commas."""
    return tuple(word.strip() for several in given for word in several.split(",") if word.strip())


def _known(file: str | None, settings: Configuration, folder: Path) -> Baseline | None:
    path = file or (str(folder / settings.baseline) if settings.baseline else None)
    return baseline(inputs.json_document(path).value) if path else None


def _write_baseline(file: Path, findings: Iterator[Finding | Trouble]) -> int:
    recorder = Recorder()
    count = 0
    for finding in findings:
        if isinstance(finding, Trouble):
            raise BadInput(f"{finding}. No baseline was written: it would lack what is wrong there")
        recorder.add(finding)
        count += 1
    file.write_text(json.dumps(recorder.document(), indent=2) + "\n", encoding="utf-8")
    say(f"{file}: {count:,} finding{'' if count == 1 else 's'} written", err=True)
    return 0


@contextmanager
def _progress(sources: list[Source], examination: Examination) -> Iterator[None]:
    """Show a bar on a terminal while long files are read."""
    size = sum(inputs.size_of(source) for source in sources) if sys.stderr.isatty() else 0
    if size < _LONG:
        yield
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from cohortlab.terminal import Terminal

    console = Terminal(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task("", total=size)
        waiting = 0

        def advance(count: int) -> None:
            nonlocal waiting
            waiting += count
            if waiting > _LONG // 8:
                bar.advance(task, waiting)
                waiting = 0

        examination.progress = advance
        yield
