"""What `cohortlab check` reads: captures, plans, memberships, settings; every fault with its file."""

from __future__ import annotations

import difflib
import glob
import io
import sys
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from cohortlab.forms import form_of_head
from contracts.errors import BadInput, BadMemberships, ContractsError, MalformedJSON
from contracts.examining import Configuration, configuration
from contracts.plans import ENFORCEMENTS, Settings, settings_of
from contracts.reading import EXPORT, Form, Record, parse_json, user_ids
from contracts.sequences import Memberships, cohort_of, memberships
from contracts.trait_key import TraitKeyFormat

if TYPE_CHECKING:
    from mock_core.journal import Entry

STDIN = "-"
_NAMES: Final = (".json", ".ndjson", ".jsonl", ".har")
"""How the names of files end that are read in a folder whatever their content looks like."""
_LOOKED_AT: Final = 1 << 13
_READ_AS_JSON: Final = ("events", "calls", "gzip", "utf-16")
_TABLES: Final = ("export", "history", "list", "csv")
_READ_AS_TEXT: Final = (*_TABLES, *_READ_AS_JSON, "markup")


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`; say which names are near to one that there is not."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    if not Path(file).exists():
        raise BadInput(f"{file} does not exist{_near(file)}")
    with _named(file), Path(file).open("rb") as stream:
        yield stream


@dataclass(frozen=True, slots=True)
class Source:
    """Hold a file that is to be checked; one that was `found` in a folder may be something else altogether."""

    file: str
    found: bool = False


def sources(given: Iterable[str]) -> Iterator[Source]:
    """Yield the files that are meant: those given, those that match a pattern, and those inside of folders."""
    for file in given:
        path = Path(file)
        if file == STDIN or (path.exists() and not path.is_dir()):
            yield Source(file)
        elif path.is_dir():
            inside = sorted(each for each in path.rglob("*") if may_be_meant(each, path))
            yield from (Source(str(each), found=True) for each in inside)
        elif glob.has_magic(file):
            matching = sorted(glob.glob(file, recursive=True))  # noqa: PTH207 - a Path takes no absolute pattern
            yield from sources(matching) if matching else [Source(file)]
        else:
            yield Source(file)


def may_be_meant(file: Path, folder: Path) -> bool:
    """Say whether a file of a folder is one of the user's: neither hidden nor of a package manager."""
    hidden = any(part.startswith(".") or part == "node_modules" for part in file.relative_to(folder).parts)
    return not hidden and file.is_file()


def form_of_stream(stream: BinaryIO) -> Form | None:
    """Return the form of a file without reading on in it."""
    head = stream.peek(_LOOKED_AT) if isinstance(stream, io.BufferedReader) else b""
    return form_of_head(head, whole=len(head) < io.DEFAULT_BUFFER_SIZE)


def is_export(form: Form | None, contract: str, *, is_said: bool) -> bool:
    """Say whether a file is read as an export: the contract says so, or its content does and nothing else was said."""
    return (contract == "export" and (form is None or form.name in _READ_AS_TEXT)) or (form is EXPORT and not is_said)


def is_of_events(form: Form | None) -> bool:
    """Say whether a file is read as JSON; what two forms are instead, a rule says."""
    return form is None or form.name in _READ_AS_JSON


def size_of(source: Source) -> int:
    """Return the bytes of a file, as far as it has any."""
    path = Path(source.file)
    return path.stat().st_size if path.is_file() else 0


def is_meant(source: Source, form: Form | None, contract: str) -> bool:
    """Say whether a file is to be judged: one that was named is, one of a folder when it can be."""
    if not source.found:
        return True
    if contract == "export":
        return form is not None and form.name in _TABLES
    return form.is_checked if form is not None else source.file.endswith(_NAMES)


def name_of(file: str) -> str:
    """Return the name under which findings of a file are shown."""
    return "<stdin>" if file == STDIN else file


def json_document(file: str) -> Record:
    """Read one JSON document with its text, for the place of whatever is wrong in it."""
    with _named(file):
        data = Path(file).read_bytes()
    try:
        return Record(parse_json(data), data, 1)
    except MalformedJSON as error:
        raise BadInput(f"{file}:{error.line}:{error.column}: found {error.reason}; expected a JSON document") from None


def plan_settings(file: str | None, enforcement: str) -> Settings:
    """Read Segment's settings for a plan, or return those of an enforcement in one word."""
    if file is None:
        return ENFORCEMENTS[enforcement]
    try:
        return settings_of(json_document(file).value)
    except ContractsError as error:
        raise BadInput(f"{file}: {error}") from None


def project_configuration(file: str | None) -> tuple[Configuration, Path]:
    """Read the settings of the nearest pyproject.toml, and return them with its folder."""
    here = Path.cwd()
    candidates = [Path(file)] if file else [folder / "pyproject.toml" for folder in (here, *here.parents)]
    for candidate in candidates:
        if file is None and not candidate.is_file():
            continue
        with _named(str(candidate)):
            text = candidate.read_text(encoding="utf-8")
        try:
            parsed = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{candidate}: {error}; expected TOML") from None
        return configuration(parsed, str(candidate)), candidate.parent
    return Configuration(), here


def all_memberships(
    documents: Iterable[str], exports: Iterable[str], spelling: TraitKeyFormat
) -> Iterator[tuple[str, Memberships | BadInput]]:
    """Yield who is in which cohort, file by file: JSON documents, and `TRAIT KEY=EXPORT.csv` for exports."""
    for file, read in (
        *((file, partial(_document_of_memberships, file)) for file in documents),
        *((pair.rpartition("=")[2], partial(_exported, pair, spelling)) for pair in exports),
    ):
        try:
            yield file, read()
        except BadInput as error:
            yield file, error


def _document_of_memberships(file: str) -> Memberships:
    try:
        return memberships(json_document(file).value)
    except BadMemberships as error:
        raise BadInput(f"{file}: {error}") from None


def _exported(pair: str, spelling: TraitKeyFormat) -> Memberships:
    key, _, file = pair.rpartition("=")
    read = spelling.parse(key)
    if read is None:
        raise BadInput(f"--members {pair!r}: expected a trait key spelt {spelling.template!r}, then = and a CSV file")
    return {read.cohort_id: cohort_of(read.cohort_id, read.name, _members(file))}


def _members(file: str) -> Iterator[str]:
    with _named(file), Path(file).open("rb") as stream:
        try:
            yield from user_ids(stream)
        except ContractsError as error:
            raise BadInput(f"{file}: {error}") from None


def _near(file: str) -> str:
    folder = Path(file).parent
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    close = difflib.get_close_matches(Path(file).name, names, n=1, cutoff=0.7)
    return f"; did you mean {folder / close[0]}?" if close else ""


@contextmanager
def _named(file: str) -> Iterator[None]:
    """Turn what the operating system says into one sentence with the file's name."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(f"{file} cannot be read: {reason}") from None


def recorded_uploads(file: str, form: Form) -> Iterator[Record]:
    """Yield the calls that a lab's Segment accepted, as they came, from its journal or from a recording of runs.

    The line is the journal's entry, or the place in the run.
    """
    from mock_core.deep_json import write_json
    from mock_segment.delivery import read_capture
    from mock_segment.edge import BATCH

    for line, entry in (_of_a_journal if form.name == "journal" else _of_a_recording)(Path(file)):
        capture = read_capture(entry)
        if capture is None:
            continue
        if capture.unreadable:
            raise BadInput(f"{file} cannot be read as {form.what}: entry {line} holds no events, {capture.unreadable}")
        value = {**capture.envelope, "batch": capture.items} if capture.kind == BATCH else capture.envelope
        yield Record(value, write_json(value), line)


def _of_a_journal(file: Path) -> Iterator[tuple[int, Entry]]:
    from mock_core.journal import saved_entries
    from mock_segment.entries import SEGMENT_SHAPES

    for entry in saved_entries(file, SEGMENT_SHAPES):
        yield entry.seq, entry


def _of_a_recording(file: Path) -> Iterator[tuple[int, Entry]]:
    from scenarios.recordings import Recording

    with closing(Recording(file)) as recording:
        for run in recording.runs():
            for happened in recording.entries(run.run, run.entries):
                if happened.fake == "segment":
                    yield happened.place, happened.entry
