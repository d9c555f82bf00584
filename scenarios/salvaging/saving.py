"""A damaged file, or a folder of them, saved as a new one that appears whole or not at all; the old one stays."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mock_core.journal import APPLICATION_ID as JOURNALS
from mock_core.journal import hold
from mock_core.salvage import Pages, opened, stray_rows
from scenarios.errors import FileUnusable, NothingToSave
from scenarios.recordings import APPLICATION_ID as RECORDINGS
from scenarios.salvaging.journals import fake_of, save_journal
from scenarios.salvaging.runs import is_of_a_run, save_recording
from scenarios.salvaging.salvaged import Salvaged
from scenarios.salvaging.trial import FAKES


def salvage(damaged: Path, output: Path) -> list[Salvaged]:
    """Save what can be read of a journal, of a recording, or of the journals in a folder; return what became of each.

    `output` is a file for a file, a folder for a folder. Raises `FileUnusable` when it is there already or cannot be
    written, or when `damaged` is something else, and `NothingToSave` when no entry can be read.
    """
    if output.exists() and not (damaged.is_dir() and output.is_dir() and not any(output.iterdir())):
        raise FileUnusable(f"{output} is there already. Name one that is not: nothing is written over.")
    if not output.resolve().parent.is_dir():
        raise FileUnusable(f"{output} cannot be written: there is no folder {output.parent}.")
    try:
        with _whole(output) as made:
            return _of_folder(damaged, made) if damaged.is_dir() else _of_file(damaged, made)
    except OSError as error:
        where = error.filename if error.filename and str(damaged) in str(error.filename) else output
        raise FileUnusable(f"{where} cannot be used: {error.strerror or error}.") from error


@contextmanager
def _whole(output: Path) -> Iterator[Path]:
    """Give a place to write at, which becomes `output` when the block ends without an error."""
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.resolve().parent) as folder:
        made = Path(folder) / output.name
        yield made
        made.replace(output.resolve())


def _of_folder(folder: Path, made: Path) -> list[Salvaged]:
    files = sorted(file for file in folder.glob("*.db") if file.is_file() and fake_of(file.name))
    if not files:
        raise FileUnusable(f"{folder} holds no amplitude.db or segment.db, as `cohortlab up --db FOLDER` keeps them.")
    made.mkdir()
    done: list[Salvaged] = []
    with _held(folder):
        for file in files:
            try:
                done += _of_file(file, made / file.name)
            except NothingToSave:
                done.append(Salvaged(file.name, may_have_followed=True, notes=["nothing of it can be read"]))
                (made / file.name).unlink(missing_ok=True)
    if not any(made.iterdir()):
        raise NothingToSave(f"No entry of the journals in {folder} can be read, so nothing was written.")
    return done


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep a lab from writing meanwhile; where none ever had the folder, there is no lock to take."""
    with ExitStack() as stack:
        for fake in FAKES:
            if (folder / f"{fake}.db.lock").is_file():
                stack.callback(hold(folder / f"{fake}.db").release)
        yield


def _of_file(file: Path, made: Path) -> list[Salvaged]:
    with opened(file) as pages:
        try:
            if _is_recording(pages, file):
                return save_recording(pages, made)
            return [save_journal(pages, file.name, made)]
        except NothingToSave as error:
            raise NothingToSave(f"{file}: {error} Nothing was written.") from error


def _is_recording(pages: Pages, file: Path) -> bool:
    """Say whether a file is a recording; one that says it is something else is refused."""
    first = pages.page(1)
    told = int.from_bytes(first[68:72]) if first is not None and pages.has_head else None
    if told in (JOURNALS, RECORDINGS):
        return told == RECORDINGS
    if told is not None and fake_of(file.name) is None:
        raise FileUnusable(f"{file} is a database of another program, and no journal. Name another file.")
    return any(is_of_a_run(row.values) for row in stray_rows(pages, set(), with_rowids=False))
