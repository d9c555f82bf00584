"""`cohortlab check`: payloads from anywhere against the contracts, over time, and against a tracking plan."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cohortlab.commands._check_inputs import (
    all_memberships,
    is_lab_journal,
    json_document,
    lab_journal,
    name_of,
    opened,
    project_configuration,
    readable_plan,
)
from contracts.baseline import Baseline, Recorder, baseline
from contracts.check import CONTRACTS, contract
from contracts.configuration import Configuration
from contracts.examine import Examination
from contracts.export import read_export
from contracts.finding import Finding, of_record
from contracts.plan_check import plan_faults
from contracts.plan_verdict import ENFORCEMENTS, PlanJudge, settings_of
from contracts.policy import Policy, policy
from contracts.reading import read
from contracts.reports import REPORTS, Report
from contracts.reports.text import TextReport
from contracts.rule import Severity
from contracts.sequence import Sequence
from contracts.trait_key import trait_key_format

_FILE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
_FAILS = {
    "error": {Severity.ERROR},
    "warning": {Severity.ERROR, Severity.WARNING},
    "note": set(Severity),
    "never": set(),
}


@click.command("check")
@click.argument("files", nargs=-1, type=_FILE, metavar="FILE|-...")
@click.option("--contract", "contract_name", metavar="NAME", help=f"One of {', '.join(CONTRACTS)}, export.")
@click.option(
    "--trait-key", metavar="STYLE", help="Trait key style (amplitude, segment, partner, partner-test) or template."
)
@click.option("--sequence", is_flag=True, help="Also hold the files, in order, to the contracts over time.")
@click.option("--memberships", multiple=True, type=_FILE, help="Who is in which cohort at the end, as JSON.")
@click.option(
    "--members", multiple=True, metavar="KEY=CSV", help="The same for one cohort: its trait key and its export."
)
@click.option(
    "--plan", "plan_file", type=_FILE, help="Also hold events to this tracking plan; without FILE check the plan."
)
@click.option("--plan-settings", type=_FILE, help="Segment's schemaSettings for the plan, as JSON.")
@click.option("--enforce", type=click.Choice(list(ENFORCEMENTS)), help="The same, in one word.")
@click.option("--evolution", "old_file", type=_FILE, help="Compare: FILE is the next version of this schema or plan.")
@click.option("--output", type=click.Choice(list(REPORTS)), default="text", show_default=True, help="Report format.")
@click.option("--json", "as_json", is_flag=True, help="The same as --output json.")
@click.option("--select", multiple=True, metavar="CODE", help="Judge only these rules: codes, their starts, or names.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not judge these.")
@click.option("--severity", multiple=True, metavar="CODE=LEVEL", help="Take a rule more or less seriously.")
@click.option("--pedantic", is_flag=True, help="Also judge the rules that not everybody wants.")
@click.option(
    "--baseline", "baseline_file", type=click.Path(dir_okay=False), help="Leave out the findings in this file."
)
@click.option(
    "--write-baseline", type=click.Path(dir_okay=False, writable=True), help="Write all findings to this file."
)
@click.option("--fail-on", type=click.Choice(list(_FAILS)), help="What makes the exit status 1.  [default: warning]")
@click.option("--config", "config_file", type=_FILE, help="The pyproject.toml to use.  [default: the nearest]")
@click.pass_context
def command(  # noqa: PLR0917  (one for each option)
    context: click.Context,
    files: tuple[str, ...],
    contract_name: str | None,
    trait_key: str | None,
    sequence: bool,
    memberships: tuple[str, ...],
    members: tuple[str, ...],
    plan_file: str | None,
    plan_settings: str | None,
    enforce: str | None,
    old_file: str | None,
    output: str,
    as_json: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: tuple[str, ...],
    pedantic: bool,
    baseline_file: str | None,
    write_baseline: str | None,
    fail_on: str | None,
    config_file: str | None,
) -> None:
    """Check payloads: one event, an array, a batch envelope, NDJSON, or with --contract export a cohort's CSV.

    Exit status: 0 nothing to act on; 1 a contract does not hold; 2 the call or a file is wrong.
    """
    if not files and plan_file is None:
        raise click.UsageError("name at least one FILE, or - for standard input")
    if old_file is not None:
        context.exit(_compare(old_file, files, as_json or output == "json"))
    settings, folder = project_configuration(config_file)
    name = contract_name or settings.contract or ("event" if sequence or plan_file else "cohort-identify")
    spelling = trait_key_format(trait_key or settings.trait_key)
    chosen = contract(
        "event" if name == "export" else name, spelling.style, _policy(settings, select, ignore, severity, pedantic)
    )
    judge, document, faults = None, None, []
    if plan_file is not None:
        found = settings_of(json_document(plan_settings).value) if plan_settings else ENFORCEMENTS[enforce or "allow"]
        document = json_document(plan_file)
        faults = list(plan_faults(document.value, spelling))
        judge = PlanJudge(readable_plan(plan_file, document), found) if files else None
    examination = Examination(
        chosen,
        plan=judge,
        sequence=Sequence(spelling) if sequence else None,
        memberships=all_memberships(memberships, members, spelling),
    )

    def findings() -> Iterator[Finding]:
        if plan_file is not None and document is not None:
            yield from examination.kept(of_record(plan_file, document, fault) for fault in faults)
        for file in files:
            with opened(file) as stream:
                if name == "export":
                    yield from examination.faults(read_export(stream), name_of(file))
                else:
                    parts = lab_journal(file) if is_lab_journal(file) else read(stream)
                    yield from examination.payloads(parts, name_of(file))
        yield from examination.end()

    known = _known(baseline_file, settings, folder) if not write_baseline else None
    recorder = Recorder()
    kind = "json" if as_json else output
    report: Report = TextReport(colour=sys.stdout.isatty()) if kind == "text" else REPORTS[kind]()
    with _progress(files, examination) as write:
        for text in report.begin():
            write(text)
        for finding in findings():
            if known is not None and known.forgives(finding):
                examination.tally.forgive(finding)
            elif write_baseline:
                recorder.add(finding)
            else:
                for text in report.finding(finding):
                    write(text)
        for text in report.end(examination.tally) if not write_baseline else ():
            write(text)
    if write_baseline:
        Path(write_baseline).write_text(json.dumps(recorder.document(), indent=2) + "\n", encoding="utf-8")
        click.echo(f"{write_baseline}: {sum(examination.tally.findings.values()):,} findings written", err=True)
        context.exit(0)
    failing = _FAILS[fail_on or settings.fail_on]
    context.exit(1 if any(examination.tally.findings[level] for level in failing) else 0)


def _compare(old_file: str, files: tuple[str, ...], as_json: bool) -> int:
    """Compare two versions of a schema or plan, and say what breaks."""
    if len(files) != 1:
        raise click.UsageError("--evolution compares the old version with one FILE, the new one")
    from contracts.evolution import compare
    from contracts.reports.evolution import comparison_dict, comparison_text

    comparison = compare(json_document(old_file).value, json_document(files[0]).value)
    if as_json:
        click.echo(json.dumps(comparison_dict(comparison), ensure_ascii=False, indent=2))
    else:
        click.echo(comparison_text(comparison, old_file, files[0]), nl=False)
    return 1 if comparison.breaks else 0


def _policy(
    settings: Configuration, select: tuple[str, ...], ignore: tuple[str, ...], severity: tuple[str, ...], pedantic: bool
) -> Policy:
    """Join what the project wants with what this call wants; the call wins."""
    levels = dict(settings.severity)
    for pair in severity:
        code, _, level = pair.partition("=")
        levels[code] = level
    return policy(
        select or settings.select, (*settings.ignore, *ignore), levels, pedantic=pedantic or settings.pedantic
    )


def _known(file: str | None, settings: Configuration, folder: Path) -> Baseline | None:
    path = file or (str(folder / settings.baseline) if settings.baseline else None)
    return baseline(json_document(path).value) if path else None


@contextmanager
def _progress(files: tuple[str, ...], examination: Examination) -> Iterator[Callable[[str], object]]:
    """Show a bar on a terminal while long files are read, and yield what to write the report with."""
    size = sum(Path(file).stat().st_size for file in files if file != "-")
    if not sys.stderr.isatty() or size < 8_000_000:
        yield sys.stdout.write
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task("", total=size)
        waiting = 0

        def advance(count: int) -> None:
            nonlocal waiting
            waiting += count
            if waiting > 1_000_000:
                bar.advance(task, waiting)
                waiting = 0

        examination.progress = advance
        yield sys.stdout.write
