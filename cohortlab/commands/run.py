"""`cohortlab run`: replay scenario files and judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.commands._campaigning import (
    Given,
    campaign_options,
    crew_of,
    given_of,
    keeping,
    named_by_digest,
    of_this_machine,
    unchanged,
    watched,
)
from cohortlab.commands._scenarios import failed_last, narrowed, parameters_of, remember_failed, scenario_files
from cohortlab.commands._seconds import Seconds
from cohortlab.completing import clients, completion, library_names
from cohortlab.forms import other_form
from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from cohortlab.terminal import Part, Terminal
    from scenarios import Outcome, Scenario
    from scenarios.campaigns import Kept
    from scenarios.subjects import MakeSubject


@click.command("run")
@click.argument(
    "files",
    nargs=-1,
    type=click.Path(path_type=Path),
    metavar="[FILE|DIR|NAME]...",
    shell_complete=completion(library_names, or_file=True),
)
@click.option(
    "--subject", metavar="COMMAND|URL", help="The sync program to judge; left out, a recorded program or our engine."
)
@click.option(
    "--timeout", type=Seconds(), default=60.0, show_default=True, help="Seconds a program may take for one sync."
)
@click.option("--list", "as_list", is_flag=True, help="Print the scenarios that are meant, and run none.")
@click.option("-k", "words", multiple=True, metavar="WORD", help="Run those with this in their name or title.")
@click.option("--behaviour", "behaviours", multiple=True, metavar="NAME", help="Run those about this: limits, say.")
@click.option("--last-failed", is_flag=True, help="Run those that failed last in this folder; all when none did.")
@click.option("--slow", is_flag=True, help="Take a program through scenarios that need minutes of waiting, too.")
@click.option(
    "--trait-key",
    metavar="STYLE",
    help="How traits are spelt, where a scenario does not say: amplitude (default; 'Name (id)'), segment, partner, "
    "or a template.",
)
@click.option(
    "--retry-after",
    type=click.Choice(["required", "reported"]),
    help="Whether a Retry-After that was not waited for fails a sync or is told, where a scenario does not say. "
    "Required, unless --client waits for none.",
)
@click.option(
    "--client",
    metavar="NAME",
    shell_complete=completion(clients),
    help="What the program is built on, 'analytics-ruby 2.5.0' say: outages are as long as it bears (cohortlab docs "
    "clients).",
)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the scenarios.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Scenarios at once. Default 4 for a command, which mostly waits, 1 for an address.",
)
@click.option("--maxfail", type=click.IntRange(1), help="Stop after so many scenarios that failed.")
@campaign_options
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a JUnit file as well.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one HTML page as well.")
@click.option("--github", is_flag=True, help="Write GitHub annotations and a step summary as well.")
@click.option("--record", type=click.Path(path_type=Path, dir_okay=False), help="Record both journals, for `replay`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, as_list: bool, last_failed: bool, jobs: int | None, record: Path | None, **options: Any) -> int:
    """Replay scenario files (*.cohort.yaml) and judge them; NAME is one of the library, which is run without any.

    Exit status: 0 all passed; 1 one did not; 2 a file or the subject is wrong; 3 the lab broke.
    """
    from cohortlab.terminal import Terminal
    from scenarios.reports import Choice, open_reports
    from scenarios.running import OUTCOMES, is_for_any_program, is_stillborn
    from scenarios.subjects import ENGINE

    reports = {name: options.pop(name) for name in ("junit", "html", "github", "as_json")}
    at = given_of(options)
    if record is not None and (at.on or at.folder or at.resume):
        raise click.UsageError("--record keeps both journals of runs in this process: it goes without a campaign.")
    paths = [] if at.resume else _meant(options["files"], last_failed=last_failed, once=bool(at.on or at.folder))
    options["files"] = named_by_digest(paths)
    with nullcontext() if as_list and not at.resume else keeping("run", at, options, OUTCOMES) as kept:
        asked = dict(kept.asked if kept is not None else options)
        # Every file is read before the first one runs, and a subject that cannot be started is told at once.
        scenarios, outcomes = _readable(
            paths or unchanged(asked["files"]),
            _reader(asked),
            is_reported=any(reports[name] for name in ("junit", "html", "github")),
        )
        scenarios = narrowed(scenarios, asked["words"], asked["behaviours"])
        if as_list:
            _list(scenarios, as_json=reports["as_json"])
            return 0
        is_ours = asked["subject"] in {None, ENGINE}
        chosen = [each for each in scenarios if is_ours or is_for_any_program(each, slow=asked["slow"])]
        judged = _judged(chosen, asked, at, kept, jobs=jobs, record=record)
        console = Terminal()
        listeners = open_reports(Choice(**reports), console)
        maxfail = asked["maxfail"]
        try:
            for outcome in outcomes:
                for listener in listeners:
                    listener.show(outcome)
            for outcome in judged:
                outcomes.append(outcome)
                for listener in listeners:
                    listener.show(outcome)
                if maxfail and sum(not each.passed for each in outcomes) >= maxfail:
                    break
        except BaseException:
            with suppress(Exception):  # a run that is broken off has reports of what was done
                for listener in listeners:
                    listener.close(outcomes)
            raise
    for listener in listeners:
        listener.close(outcomes)
    remember_failed(outcomes)
    not_run = len(chosen) - len({outcome.scenario.file for outcome in outcomes} & {each.file for each in chosen})
    if not_run and outcomes and is_stillborn(outcomes[-1]) and not reports["as_json"]:
        console.say(f"{not_run} more were not run: the program ends before its first call in every one of them.")
    elif not is_ours and not reports["as_json"]:
        _show_conformance(console, outcomes, scenarios, chosen)
    return max((outcome.broken or int(not outcome.passed) for outcome in outcomes), default=0)


def _meant(files: Sequence[Path], *, last_failed: bool, once: bool) -> list[Path]:
    """Return the files to run; a campaign has each of them once, for it knows them by their paths."""
    paths = scenario_files(files)
    known = failed_last() if last_failed else set()
    paths = [path for path in paths if str(path.resolve()) in known] or paths
    return list({path.resolve(): path for path in paths}.values()) if once else paths


def _reader(asked: Mapping[str, Any]) -> Callable[[Path], Scenario]:
    """Return what reads a file as the call wants it."""
    from scenarios import read_scenario
    from scenarios.verdict import library

    built_on = None if asked["client"] is None else library(asked["client"])
    return partial(
        read_scenario,
        parameters=parameters_of(asked["given"]),
        trait_key=asked["trait_key"],
        retry_after=asked["retry_after"] or (built_on.retry_after if built_on else "required"),
        offered=built_on.parameters if built_on else None,
    )


def _judged(
    chosen: Sequence[Scenario],
    asked: Mapping[str, Any],
    at: Given,
    kept: Kept | None,
    *,
    jobs: int | None,
    record: Path | None,
) -> Iterator[Outcome]:
    """Return what yields the outcomes: side by side in this process, or as a campaign."""
    from scenarios import subject_maker
    from scenarios.running import WAITING_JOBS
    from scenarios.subjects import ENGINE, is_address

    subject = asked["subject"]
    if kept is not None:
        return _in_campaign(chosen, asked, at, kept, jobs or 1)
    make_subject = subject_maker(subject, asked["timeout"])
    at_once = jobs or (1 if subject in {None, ENGINE} or is_address(subject) else WAITING_JOBS)
    return _side_by_side(chosen, make_subject, at_once, record)


def _side_by_side(
    chosen: Sequence[Scenario], make_subject: MakeSubject, jobs: int, record: Path | None
) -> Iterator[Outcome]:
    from scenarios.recordings import Recorder
    from scenarios.running import run_suite

    with nullcontext() if record is None else Recorder(record) as recorder:
        yield from run_suite(chosen, make_subject, jobs=jobs, at_end=recorder.add if recorder else None)


def _in_campaign(
    chosen: Sequence[Scenario], asked: Mapping[str, Any], at: Given, kept: Kept, jobs: int
) -> Iterator[Outcome]:
    from scenarios.running import Judging, run_campaign

    judging = Judging(asked["subject"], asked["timeout"])
    with crew_of(at, of_this_machine(jobs)) as crew:
        yield from watched(run_campaign(chosen, judging, crew, kept), len(chosen), crew, kept, at, of="scenarios")


def _readable(
    paths: Sequence[Path], read: Callable[[Path], Scenario], *, is_reported: bool
) -> tuple[list[Scenario], list[Outcome]]:
    """Read files; one among many that cannot be read is an outcome, and the others are run.

    When none can be read and no report wants to know, the first error is raised.
    """
    from scenarios import BadScenario
    from scenarios.errors import Place
    from scenarios.running import unreadable

    scenarios: list[Scenario] = []
    wrong: list[tuple[Path, BadScenario]] = []
    for path in paths:
        try:
            form = other_form(path, "scenario")
            if form is not None:
                told = form.refusal(str(path), "a scenario").removeprefix(f"{path} ")
                raise BadScenario(Place(str(path), 1, 1), told)
            scenarios.append(read(path))
        except BadScenario as error:
            wrong.append((path, error))
    if wrong and not scenarios and not is_reported:
        raise wrong[0][1]
    return scenarios, [unreadable(path, error) for path, error in wrong]


def _list(scenarios: Sequence[Scenario], *, as_json: bool) -> None:
    if as_json:
        say_json([{name: getattr(each, name) for name in ("name", "behaviour", "title", "file")} for each in scenarios])
        return
    widest = max((len(each.name) for each in scenarios), default=0)
    for each in scenarios:
        say(f"{each.name:<{widest}}  {each.behaviour:<10}  {each.title}")


def _show_conformance(
    console: Terminal, outcomes: Sequence[Outcome], scenarios: Sequence[Scenario], chosen: Sequence[Scenario]
) -> None:
    from scenarios.reports import conformance

    marks = {True: ("yes", "green"), False: ("no", "red"), None: ("?", "yellow")}
    rows: list[list[Part]] = []
    for each in conformance(outcomes):
        left_out = f", {len(each.left_out)} left out" if each.left_out else ""
        judged = each.scenarios - len(each.left_out) - len(each.elsewhere)
        failed = ", ".join(each.failed)
        if each.elsewhere:
            failed += f"{'; ' if failed else ''}failed of something else: {', '.join(each.elsewhere)}"
        rows.append([marks[each.holds], each.says, f"{each.held} of {judged}{left_out}", failed])
    console.table(("", "behaviour", "scenarios", "does not hold in"), rows, title="What holds", columns=None)
    engine = sum(each.only is not None for each in scenarios)
    slow = len(scenarios) - len(chosen) - engine
    told = []
    if engine:
        told.append(f"{engine} that ask for choices of our own engine, which the vendors leave open")
    if slow > 0:
        told.append(f"{slow} that need minutes of waiting (--slow)")
    if told:
        console.say(f"Not run: {'; '.join(told)}.")
