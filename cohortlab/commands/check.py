"""`cohortlab check`: payloads from anywhere against the contracts, over time, and against a tracking plan."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from cohortlab.commands import _check_inputs as inputs
from cohortlab.saying import is_coloured, say, say_json, say_lines, write
from contracts.check import CONTRACTS, contract
from contracts.examining import Baseline, Configuration, Examination, Finding, Recorder, baseline, of_record
from contracts.plans import ENFORCEMENTS, PlanJudge, plan_faults
from contracts.policy import Policy, policy
from contracts.reading import read, read_export
from contracts.reports import REPORTS, Report, TextReport
from contracts.rule import Severity
from contracts.sequences import Sequence
from contracts.trait_key import TRAIT_KEY_STYLES, trait_key_format

_FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
_FAILS: Final[dict[str, set[Severity]]] = {
    "error": {Severity.ERROR},
    "warning": {Severity.ERROR, Severity.WARNING},
    "note": set(Severity),
    "never": set(),
}
_LONG: Final = 8_000_000
"""Bytes from which on a progress bar is worth looking at."""

_OPTIONS: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (("--contract",), {"metavar": "NAME", "help": f"One of {', '.join(CONTRACTS)}, export."}),
    (("--trait-key",), {"metavar": "STYLE", "help": f"One of {', '.join(TRAIT_KEY_STYLES)}, or a template."}),
    (("--sequence",), {"is_flag": True, "help": "Also hold the files, in order, to the contracts over time."}),
    (("--memberships",), {"multiple": True, "type": _FILE, "help": "Who is in which cohort at the end, as JSON."}),
    (("--members",), {"multiple": True, "metavar": "KEY=CSV", "help": "The same: one trait key and its export."}),
    (("--plan",), {"type": _FILE, "help": "Also hold events to this tracking plan; without FILE check the plan."}),
    (("--plan-settings",), {"type": _FILE, "help": "Segment's schemaSettings for the plan, as JSON."}),
    (("--enforce",), {"type": click.Choice(list(ENFORCEMENTS)), "help": "The same, in one word."}),
    (("--evolution",), {"type": _FILE, "help": "Compare: FILE is the next version of this schema or plan."}),
    (("--output",), {"type": click.Choice(list(REPORTS)), "default": "text", "show_default": True}),
    (("--json", "as_json"), {"is_flag": True, "help": "The same as --output json."}),
    (("--select",), {"multiple": True, "metavar": "CODE", "help": "Judge only these rules: codes, starts, or names."}),
    (("--ignore",), {"multiple": True, "metavar": "CODE", "help": "Do not judge these."}),
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
@click.argument("files", nargs=-1, type=_FILE, metavar="FILE|-...")
@_with_options
@click.pass_context
def command(context: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Check payloads: one event, an array, a batch envelope, NDJSON, or with --contract export a cohort's CSV.

    Exit status: 0 nothing to act on; 1 a contract does not hold; 2 the call or a file is wrong.
    """
    if not files and options["plan"] is None:
        raise click.UsageError("name at least one FILE, or - for standard input")
    if options["evolution"] is not None:
        context.exit(_compare(options["evolution"], files, options["as_json"] or options["output"] == "json"))
    settings, folder = inputs.project_configuration(options["config"])
    examination, findings = _examine(files, settings, options)
    if options["write_baseline"]:
        context.exit(_write_baseline(Path(options["write_baseline"]), findings))
    known = _known(options["baseline"], settings, folder)
    kind = "json" if options["as_json"] else options["output"]
    report: Report = TextReport(colour=is_coloured(sys.stdout)) if kind == "text" else REPORTS[kind]()
    with _progress(files, examination) as write:
        for text in report.begin():
            write(text)
        for finding in findings:
            if known is not None and known.forgives(finding):
                examination.tally.forgive(finding)
                continue
            for text in report.finding(finding):
                write(text)
        for text in report.end(examination.tally):
            write(text)
    failing = _FAILS[options["fail_on"] or settings.fail_on]
    context.exit(1 if any(examination.tally.findings[level] for level in failing) else 0)


def _examine(
    files: tuple[str, ...], settings: Configuration, options: dict[str, Any]
) -> tuple[Examination, Iterator[Finding]]:
    """Return what is to be examined, and the findings, which are made as they are asked for."""
    over_time = options["sequence"] or options["plan"]
    name = options["contract"] or settings.contract or ("event" if over_time else "cohort-identify")
    spelling = trait_key_format(options["trait_key"] or settings.trait_key)
    chosen = contract("event" if name == "export" else name, spelling.style, _policy(settings, options))
    plan_file = options["plan"]
    document = inputs.json_document(plan_file) if plan_file else None
    faults = list(plan_faults(document.value, spelling)) if document else []
    judge = None
    if document and files:
        given = inputs.plan_settings(options["plan_settings"], options["enforce"] or "allow")
        judge = PlanJudge(inputs.readable_plan(plan_file, document), given)
    examination = Examination(
        chosen,
        plan=judge,
        sequence=Sequence(spelling) if options["sequence"] else None,
        memberships=inputs.all_memberships(options["memberships"], options["members"], spelling),
    )

    def findings() -> Iterator[Finding]:
        if document is not None:
            yield from examination.kept(of_record(plan_file, document, fault) for fault in faults)
        for file in files:
            with inputs.opened(file) as stream:
                if name == "export":
                    yield from examination.faults(read_export(stream), inputs.name_of(file))
                else:
                    parts = inputs.lab_journal(file) if inputs.is_lab_journal(file) else read(stream)
                    yield from examination.payloads(parts, inputs.name_of(file))
        yield from examination.end()

    return examination, findings()


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
    return 1 if comparison.breaks else 0


def _policy(settings: Configuration, options: dict[str, Any]) -> Policy:
    """Join what the project wants with what this call wants; the call wins."""
    levels = dict(settings.severity)
    for pair in options["severity"]:
        code, _, level = pair.partition("=")
        levels[code] = level
    return policy(
        options["select"] or settings.select,
        (*settings.ignore, *options["ignore"]),
        levels,
        pedantic=options["pedantic"] or settings.pedantic,
    )


def _known(file: str | None, settings: Configuration, folder: Path) -> Baseline | None:
    path = file or (str(folder / settings.baseline) if settings.baseline else None)
    return baseline(inputs.json_document(path).value) if path else None


def _write_baseline(file: Path, findings: Iterator[Finding]) -> int:
    recorder = Recorder()
    count = 0
    for finding in findings:
        recorder.add(finding)
        count += 1
    file.write_text(json.dumps(recorder.document(), indent=2) + "\n", encoding="utf-8")
    say(f"{file}: {count:,} finding{'' if count == 1 else 's'} written", err=True)
    return 0


@contextmanager
def _progress(files: tuple[str, ...], examination: Examination) -> Iterator[Callable[[str], object]]:
    """Show a bar on a terminal while long files are read, and yield what to write the report with."""
    size = sum(Path(file).stat().st_size for file in files if file != inputs.STDIN)
    if not sys.stderr.isatty() or size < _LONG:
        yield write
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
        yield write
