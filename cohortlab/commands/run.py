"""`cohortlab run`: replay scenario files and judge them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.commands._seconds import Seconds

if TYPE_CHECKING:
    from cohortlab.terminal import Part, Terminal
    from scenarios import Outcome, Scenario


@click.command("run", help="Replay scenario files (*.cohort.yaml) and judge them; without FILE, those that ship.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--subject", metavar="COMMAND|URL", help="The sync program to judge; our own engine when left out.")
@click.option(
    "--timeout", type=Seconds(), default=60.0, show_default=True, help="Seconds a program may take for one sync."
)
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
    default="required",
    show_default=True,
    help="Whether a Retry-After that was not waited for fails a sync or is told, where a scenario does not say.",
)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the scenarios.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Scenarios at once. Default 4 for a command, which mostly waits, 1 for an address.",
)
@click.option("--maxfail", type=click.IntRange(1), help="Stop after so many scenarios that failed.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a JUnit file as well.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one HTML page as well.")
@click.option("--github", is_flag=True, help="Write GitHub annotations and a step summary as well.")
@click.option("--record", type=click.Path(path_type=Path, dir_okay=False), help="Record both journals, for `replay`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    *,
    files: tuple[Path, ...],
    subject: str | None,
    timeout: float,
    slow: bool,
    trait_key: str | None,
    retry_after: str,
    given: tuple[str, ...],
    jobs: int | None,
    maxfail: int | None,
    record: Path | None,
    **reports: Any,
) -> int:
    """Replay scenarios; exit 0: all passed, 1: one did not, 2: a file or the subject is wrong, 3: the lab broke."""
    from cohortlab.terminal import Terminal
    from scenarios import read_scenario, subject_maker
    from scenarios.recordings import Recorder
    from scenarios.reports import Choice, open_reports
    from scenarios.running import WAITING_JOBS, is_for_any_program, run_suite
    from scenarios.subjects import is_address

    parameters = parameters_of(given)
    # Every file is read before the first one runs, and a subject that cannot be started is told at once.
    scenarios = [
        read_scenario(path, parameters, trait_key=trait_key, retry_after=retry_after) for path in scenario_files(files)
    ]
    make_subject = subject_maker(subject, timeout)
    chosen = [scenario for scenario in scenarios if subject is None or is_for_any_program(scenario, slow=slow)]
    console = Terminal()
    listeners = open_reports(Choice(**reports), console)
    at_once = jobs or (1 if subject is None or is_address(subject) else WAITING_JOBS)
    outcomes: list[Outcome] = []
    try:
        with nullcontext() if record is None else Recorder(record) as recorder:
            for outcome in run_suite(chosen, make_subject, jobs=at_once, at_end=recorder.add if recorder else None):
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
    if subject is not None and not reports["as_json"]:
        _show_conformance(console, outcomes, scenarios, chosen)
    return max((outcome.broken or int(not outcome.passed) for outcome in outcomes), default=0)


def scenario_files(given: Iterable[Path]) -> list[Path]:
    """Return the files that are meant: those given, all of a folder, or the library that ships."""
    from scenarios import shipped

    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(path.rglob("*.cohort.yaml"))
        if not inside:
            raise click.UsageError(f"There is no *.cohort.yaml in {path}.")
        found += inside
    return found or shipped()


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


def _show_conformance(
    console: Terminal, outcomes: Sequence[Outcome], scenarios: Sequence[Scenario], chosen: Sequence[Scenario]
) -> None:
    from scenarios.reports import conformance

    marks = {True: ("yes", "green"), False: ("no", "red"), None: ("?", "yellow")}
    rows: list[list[Part]] = []
    for each in conformance(outcomes):
        left_out = f", {len(each.left_out)} left out" if each.left_out else ""
        judged = each.scenarios - len(each.left_out)
        rows.append([marks[each.holds], each.says, f"{each.held} of {judged}{left_out}", ", ".join(each.failed)])
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
