"""`cohortlab load`: what was delivered becomes the tables of a warehouse."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.commands.replay import chosen_run
from cohortlab.forms import form_of_file
from cohortlab.saying import say, say_json
from contracts.reading import JOURNAL, RECORDING

if TYPE_CHECKING:
    from downstream.warehouse import Loaded, Loader, Source, WarehouseSettings, WarehouseTrouble
    from mock_segment import SegmentState

_AMPLITUDES = ("cohort.", "person.")  # how what only Amplitude is told begins
DEFAULT_INTO = "duckdb:warehouse.duckdb"


@click.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, readable=True))
@click.option(
    "--into",
    default=DEFAULT_INTO,
    show_default=True,
    metavar="DATABASE",
    help="duckdb:FILE, or postgresql://USER@HOST/DATABASE.",
)
@click.option("--run", "number", default=1, show_default=True, help="Which run of a recording.")
@click.option("--source", "name", metavar="NAME", help="For a file of events: the source, which names the schema.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="A setting of the warehouse. May be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, file: Path, into: str, number: int, name: str | None, changes: tuple[str, ...], as_json: bool) -> int:
    """Load what was delivered into the tables of a warehouse, as Segment lays them out.

    FILE is the journal of a lab (segment.db, or the folder of `cohortlab up --db`), a recording, or events in NDJSON.
    Loading again goes on where the last load ended; a load that was killed has left nothing behind.
    """
    from cohortlab.loading import Telling, report_of
    from downstream.warehouse import Loader, WarehouseTrouble, target_of

    _settings(changes)
    with ExitStack() as stack:
        target = target_of(into)
        stack.callback(target.close)
        source, events, told = stack.enter_context(_opened(file, number, name))
        settings = _settings(changes, told)
        loader = Loader(source, target)
        with Telling(events, quiet=as_json) as telling:
            done, trouble = _loaded(loader, settings, telling.advance)
        notes: list[dict[str, Any]] = []
        with suppress(WarehouseTrouble):  # which is told already
            notes = loader.notes([each.load for each in done])
        report = report_of(done, notes, target.where, "" if trouble is None else str(trouble))
    if as_json:
        say_json(report.as_dict())
    elif events == 0:
        say(f"Nothing to load: no event of {file} was delivered.")
    else:
        for line in report.lines():
            say(line)
    if trouble is not None:
        raise trouble
    return 0


def _loaded(
    loader: Loader, settings: WarehouseSettings, advance: Callable[[int], None]
) -> tuple[list[Loaded], WarehouseTrouble | None]:
    """Load what there is; return the loads, and why there are no more, which is in the list of loads as well."""
    from downstream.warehouse import WarehouseTrouble

    now = round(time.time() * 1000)
    done: list[Loaded] = []
    try:
        done.extend(loader.load_all(settings, at=now, progress=advance))
    except WarehouseTrouble as error:
        with suppress(WarehouseTrouble):  # a database that is away is told nothing
            loader.note_failures([(now, str(error))])
        return done, error
    return done, None


def _settings(changes: tuple[str, ...], told: WarehouseSettings | None = None) -> WarehouseSettings:
    """Return the settings that the lab was told with those changed that were given; numbers are read as such."""
    from downstream.warehouse import WarehouseSettings
    from mock_core.settings import changed

    given: dict[str, Any] = {}
    for each in changes:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.UsageError(f"--set takes NAME=VALUE, not {each!r}.")
        given[name] = int(value) if value.isascii() and value.isdecimal() else value
    return changed(told or WarehouseSettings(), given)


@contextmanager
def _opened(file: Path, number: int, name: str | None) -> Iterator[tuple[Source, int | None, WarehouseSettings | None]]:
    """Open what is to be loaded; yield it with how many events it has and what a lab was told of its warehouse.

    None stands where that is not known.
    """
    from downstream.warehouse import EventsFile, JournalSource, warehouse_of

    form = None if file.is_dir() else form_of_file(file)
    if file.is_dir() or form == JOURNAL:
        with _journal(file / "segment.db" if file.is_dir() else file) as state:
            yield JournalSource(state), _delivered(state), warehouse_of(state).settings
    elif form == RECORDING:
        from scenarios.recordings import Recording

        with closing(Recording(file)) as recording:
            run = chosen_run(recording.runs(), number)
            with closing(recording.lab(run, run.entries)) as lab:
                segment = lab.segment
                yield JournalSource(segment, by_content=True), _delivered(segment), warehouse_of(segment).settings
    else:
        if form is not None and form.name == "calls":
            raise click.UsageError(
                f"{file} is {form.what}: `cohortlab import {file} -o FOLDER` makes a journal of it, and "
                "`cohortlab load FOLDER` loads that."
            )
        if form is not None and form.name != "events":
            raise click.UsageError(form.refusal(str(file), "a journal, a recording or events"))
        yield EventsFile(file, name or file.stem, round(time.time() * 1000)), None, None


def _delivered(state: SegmentState) -> int:
    return sum(events for (*_, verdict, _), events in state.tally().items() if verdict == "delivered")


@contextmanager
def _journal(file: Path) -> Iterator[SegmentState]:
    """Open the journal of a Segment fake, in a copy: the original stays as it is."""
    from downstream.annexes import annexes
    from downstream.warehouse import warehouse_annexe
    from mock_core.errors import JournalUnreadable
    from mock_segment import SegmentFake

    if not file.is_file():
        raise click.UsageError(f"{file.parent} holds no segment.db.")
    with tempfile.TemporaryDirectory(prefix="cohortlab-load-") as folder:
        copy = Path(folder) / "segment.db"
        for end in ("", "-wal", "-shm"):
            part = file.with_name(file.name + end)
            if part.exists():
                shutil.copy(part, f"{copy}{end}")
        try:
            fake = SegmentFake(path=copy, annexes=(*annexes(), warehouse_annexe()))  # which know what they were told
        except JournalUnreadable as error:
            raise click.UsageError(str(error).replace(str(copy), str(file))) from error
        with closing(fake):
            controls = fake.state.workspace.journal.walk(kind="control")
            if any(entry.data["op"].startswith(_AMPLITUDES) for entry in controls):
                segments = file.with_name("segment.db")
                raise click.UsageError(
                    f"{file} is the journal of Amplitude, which delivers no events: load {segments}."
                )
            yield fake.state
