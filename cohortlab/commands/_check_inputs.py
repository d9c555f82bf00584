"""What `cohortlab check` reads: captures, plans, memberships, settings; every fault with its file."""

from __future__ import annotations

import csv
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from contracts.errors import BadInput, ContractsError, MalformedJSON
from contracts.examining import Configuration, configuration
from contracts.plans import ENFORCEMENTS, Plan, Settings, plan, settings_of
from contracts.reading import Record, parse_json
from contracts.sequences import Cohort, Memberships, cohort_of, memberships
from contracts.trait_key import TraitKeyFormat

STDIN = "-"
_SQLITE = b"SQLite format 3\x00"


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    with _named(file), Path(file).open("rb") as stream:
        yield stream


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


def readable_plan(file: str, document: Record) -> Plan:
    """Read a tracking plan that events are to be held to."""
    try:
        return plan(document.value)
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
    documents: tuple[str, ...], exports: tuple[str, ...], spelling: TraitKeyFormat
) -> Memberships | None:
    """Read who is in which cohort: JSON documents, and `TRAIT KEY=EXPORT.csv` for exports."""
    if not documents and not exports:
        return None
    found: dict[str, Cohort] = {}
    for file in documents:
        try:
            found |= memberships(json_document(file).value)
        except ContractsError as error:
            raise BadInput(f"{file}: {error}") from None
    for pair in exports:
        key, _, file = pair.rpartition("=")
        read = spelling.parse(key)
        if read is None:
            raise BadInput(
                f"--members {pair!r}: expected a trait key spelt {spelling.template!r}, then = and a CSV file"
            )
        found[read.cohort_id] = cohort_of(read.cohort_id, read.name, _user_ids(file))
    return found


def _user_ids(file: str) -> Iterator[str | None]:
    with _named(file), Path(file).open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        if "user_id" not in (rows.fieldnames or ()):
            raise BadInput(f"{file}: an export needs a column user_id; check it with --contract export")
        for row in rows:
            yield row["user_id"]


@contextmanager
def _named(file: str) -> Iterator[None]:
    """Turn what the operating system says into one sentence with the file's name."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(f"{file} cannot be read: {reason}") from None


def is_lab_journal(file: str) -> bool:
    """Say whether a file is a database, so perhaps the journal of a lab."""
    if file == STDIN:
        return False
    with _named(file), Path(file).open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def lab_journal(file: str) -> Iterator[Record]:
    """Yield the calls that a lab's Segment accepted, in the order of arrival; the line is the journal's entry."""
    from mock_core.journal import APPLICATION_ID, Entry
    from mock_segment.delivery import read_capture
    from mock_segment.edge import BATCH

    uri = f"file:{Path(file).resolve().as_posix()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID:
                raise BadInput(f"{file} is a database of another program; expected JSON, or the journal of a lab")
            rows = database.execute("SELECT seq, at, kind, data, body FROM journal WHERE kind = 'request' ORDER BY seq")
            for seq, at, kind, data, body in rows:
                capture = read_capture(Entry(seq, at, kind, orjson.loads(data), body))
                if capture is not None:
                    value = {**capture.envelope, "batch": capture.items} if capture.kind == BATCH else capture.envelope
                    yield Record(value, orjson.dumps(value), seq)
    except sqlite3.Error as error:
        raise BadInput(f"{file} cannot be read as the journal of a lab: {error}") from None
