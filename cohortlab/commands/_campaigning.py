"""What commands that can be a campaign share: where the work is done, the folder of what is done, and how far it is."""

from __future__ import annotations

import hashlib
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from cohortlab.saying import say
from contracts.extras import lacking

if TYPE_CHECKING:
    from scenarios.campaigns import Crew, Kept, Plain

Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., Any])

_FOLDERS: Final = Path("campaigns")
_EVERY: Final = 30.0  # seconds between lines where there is no terminal


@dataclass(frozen=True, slots=True)
class Given:
    """The options of a campaign."""

    on: str | None
    workers: int | None
    folder: Path | None
    resume: Path | None


def campaign_options(command: Command) -> Command:
    """Give a command the options of a campaign; it takes them as one, `given`."""
    for option in (
        click.option("--resume", type=_FOLDER, metavar="FOLDER", help="Go on with a campaign, doing nothing twice."),
        click.option(
            "--folder",
            type=_FOLDER,
            help="Where what is done is kept, for --resume. With --on alone: campaigns/, until it has ended.",
        ),
        click.option(
            "--workers", type=click.IntRange(1, 256), help="Processes of --on local. Default: one for each processor."
        ),
        click.option(
            "--on",
            metavar="ADDRESS|local",
            help="Hand the work to a Dask cluster, at the address of its scheduler; local makes one on loopback.",
        ),
    ):
        command = option(command)
    return command


_FOLDER: Final = click.Path(path_type=Path, file_okay=False)


def given_of(options: dict[str, Any]) -> Given:
    """Take the options of a campaign out of those of a command, or say what does not go together."""
    given = Given(*(options.pop(name) for name in ("on", "workers", "folder", "resume")))
    if given.workers is not None and given.on != "local":
        raise click.UsageError("--workers goes with --on local: another cluster has the workers that it has.")
    if given.folder is not None and given.resume is not None:
        raise click.UsageError("--folder begins a campaign and --resume goes on with one: say one of them.")
    return given


def crew_of(given: Given, otherwise: AbstractContextManager[Crew]) -> AbstractContextManager[Crew]:
    """Return who does the work: a cluster where one was asked for."""
    if given.on is None:
        return otherwise
    missing = lacking("distributed", "`--on`")
    if missing:
        raise click.ClickException(missing)
    from scenarios.campaigns import cluster

    return cluster(given.on, given.workers, lambda words: say(words, err=True))


@contextmanager
def keeping(command: str, given: Given, asked: Mapping[str, Any], plain: Plain) -> Iterator[Kept | None]:
    """Have the folder of a campaign, None where none was asked for; when it is left early, say how to go on.

    On resuming, what was asked for stands in the folder, and saying it again is a mistake.
    """
    kept = _opened(command, given, asked, plain)
    if kept is None:
        yield None
        return
    try:
        with kept:
            yield kept
    except BaseException:
        if kept.is_empty and given.resume is None:
            _removed(kept)
        else:
            told = f"cohortlab {command} --resume {shlex.quote(str(kept.folder))}"
            say(f"What was done is kept in {kept.folder}; go on with: {told}", err=True)
        raise
    if given.folder is None and given.resume is None:
        _removed(kept)


def _opened(command: str, given: Given, asked: Mapping[str, Any], plain: Plain) -> Kept | None:
    from scenarios.campaigns import Kept

    if given.resume is not None:
        context = click.get_current_context()
        for name in asked:
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{_spelt(context, name)} is the campaign's own: leave it out with --resume.")
        return Kept.resumed(given.resume, command, plain)
    if given.folder is not None:
        return Kept.begun(given.folder, command, asked, plain)
    return None if given.on is None else Kept.begun(_free(command), command, asked, plain)


def _spelt(context: click.Context, name: str) -> str:
    parameter = next(each for each in context.command.params if each.name == name)
    return parameter.opts[0] if isinstance(parameter, click.Option) else parameter.make_metavar(context)


def _free(command: str) -> Path:
    """Return a folder that nobody has."""
    number = 1
    while (folder := _FOLDERS / f"{command}-{number}").exists():
        number += 1
    return folder


def _removed(kept: Kept) -> None:
    kept.remove()
    with suppress(OSError):  # others are in it, or it was there
        _FOLDERS.rmdir()


def watched(
    results: Iterator[Result], total: int, crew: Crew, kept: Kept | None, given: Given, *, of: str, bar: bool = False
) -> Iterator[Result]:
    """Pass results on, and show on standard error how far they are: a bar on a terminal, else a line now and then."""
    from cohortlab.terminal import Terminal

    console = Terminal(stderr=True)
    before = sum(map(len, kept.spans())) if kept is not None else 0
    pace = _Pace(total, before, of, crew.workers)
    if bar and console.is_terminal:
        yield from _with_bar(results, total, pace, console)
        return
    last = time.monotonic()
    for seen, result in enumerate(results, 1):
        yield result
        if given.on is not None and time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            console.say(f"{seen:,} of {total:,} {of}; {pace.told(seen)}")


def _with_bar(results: Iterator[Result], total: int, pace: _Pace, console: Any) -> Iterator[Result]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(pace.of), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, told="")
        last = 0.0
        for seen, result in enumerate(results, 1):
            yield result
            if time.monotonic() - last >= 0.5:
                last = time.monotonic()
                progress.update(task, completed=seen, told=pace.told(seen))


class _Pace:
    """How fast it goes, and how long it still takes."""

    def __init__(self, total: int, before: int, of: str, workers: Callable[[], int]) -> None:
        self.of = of
        self._total, self._before, self._workers = total, before, workers
        self._began = time.monotonic()

    def told(self, seen: int) -> str:
        """Say what is known when so many results were seen, of which some were there before."""
        new = max(0, seen - self._before)
        if not new:
            return "of an earlier run"
        rate = new / max(time.monotonic() - self._began, 1e-9)
        workers = self._workers()
        left = duration((self._total - seen) / rate)
        return f"{rate:,.1f} {self.of}/s, {workers} worker{'' if workers == 1 else 's'}, {left} left"


def duration(seconds: float) -> str:
    """Say how long something takes, as a clock does."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def of_this_machine(jobs: int) -> AbstractContextManager[Crew]:
    """Return a crew of this machine: so many processes, or this one alone."""
    from scenarios.campaigns import alone, processes

    return nullcontext(alone()) if jobs == 1 else processes(jobs)


def named_by_digest(files: Iterable[Path]) -> dict[str, str]:
    """Return whole paths and the digests of what is there, so that another run can tell whether it still is."""
    return {str(path.resolve()): _digest(path) for path in files}


def unchanged(files: Mapping[str, str]) -> list[Path]:
    """Return the paths, short where they are below this folder, if all still hold what they held."""
    for path, digest in files.items():
        if _digest(Path(path)) != digest:
            raise click.UsageError(f"{path} is not what it was when the campaign began: begin it anew.")
    here = Path.cwd()
    return [path.relative_to(here) if path.is_relative_to(here) else path for path in map(Path, files)]


def _digest(path: Path) -> str:
    """Return a digest; what cannot be read has none, and is told by who reads it as a scenario."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
