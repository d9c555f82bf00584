"""Which cohorts there are: a list as Amplitude answers it, a CSV, plain lines, or the names of exports.

Where a text gives a name without an id, an id is made up: eight letters and digits, as Amplitude's are (amplitude
facts 1.2 C [doc]), that differ at their end only, so that no clash is overlooked.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import BadInput
from contracts.explain import describe, quote
from contracts.reading.locate import Lines, Spans
from contracts.reading.records import Fault, Record, read
from contracts.reading.strict_csv import CsvRecords, NotCsv
from contracts.trait_key import TraitKey, TraitKeyFormat, trait_key_format

_NAMES: Final = ("name", "cohort_name", "cohortname", "cohort")
_IDS: Final = ("id", "cohort_id", "cohortid")
_SEPARATORS: Final = ",;\t"
_AN_ID: Final = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9_-]{4,64}|[a-z0-9]{8}")
"""What stands for an id at the end of a line; `Buyers (EU)` is a name."""
_A_REQUEST: Final = re.compile(r"[A-Za-z0-9]{6,}_(?P<id>[a-z0-9]{7,8})")
"""The name of an export as Amplitude stores it: the request's id and the cohort's."""
_A_TIME: Final = re.compile(r"(?P<name>.+?)[-_ ](\d{4}|\d{4}-?\d\d-?\d\d([T_ -]?\d\d[-:]?\d\d([-:]?\d\d)?Z?)?)")


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold a cohort of a list and where it stands; `is_numbered` says that its id was made up."""

    cohort: TraitKey
    file: str
    line: int = 0
    column: int = 1
    pointer: str = ""
    is_numbered: bool = False


class CohortList:
    """Read lists one after the other, each name without an id getting one of its own."""

    def __init__(self, spelling: TraitKeyFormat) -> None:
        bracketed, partner, plain = (trait_key_format(style) for style in ("segment", "partner", "amplitude"))
        self._spellings = (bracketed, partner, spelling, plain)
        self._made_up = 0

    def read(self, data: bytes, file: str) -> Iterator[Listed]:
        """Yield the cohorts of a JSON, NDJSON or CSV document, or of plain lines; raise `BadInput` for anything else.

        JSON is `{"cohorts": [{"id", "name"}]}`, an array of them, or one a line. A CSV's header has `id` and `name`.
        """
        if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            yield from self._of_json(data, file)
            return
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise BadInput(f"{file}:{line}: is not UTF-8; expected a list of cohorts") from None
        if "\0" in text:
            raise BadInput(f"{file} holds NUL characters; expected a list of cohorts as JSON, CSV or lines of text")
        table = _columns(text)
        yield from self._of_csv(text, file, *table) if table else self._of_lines(text, file)

    def of_exports(self, stems: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Listed]:
        """Yield the cohorts of exports by their files' names without ending, each with its path.

        `names` are those of cohorts that a list gives, by id. Two exports of one cohort at different times are one.
        """
        untimed = {stem: _A_TIME.fullmatch(stem) for stem in stems}
        often: dict[str, int] = {}
        for timed in untimed.values():
            if timed is not None:
                often[timed["name"]] = often.get(timed["name"], 0) + 1
        told: set[str] = set()
        for stem, file in stems.items():
            request, timed = _A_REQUEST.fullmatch(stem), untimed[stem]
            if request is not None and (request["id"] in names or any(map(str.isdecimal, request["id"]))):
                if request["id"] not in names:
                    raise BadInput(
                        f"{file} is the export of the cohort {request['id']}, whose name it does not say; put a list "
                        "of cohorts (the answer of GET /api/3/cohorts) beside it as cohorts.json"
                    )
                yield Listed(TraitKey(names[request["id"]], request["id"]), file)
            elif timed is not None and (often[timed["name"]] > 1 or len(timed[2]) > 4):
                if timed["name"] not in told:
                    told.add(timed["name"])
                    yield self._named(timed["name"], file)
            else:
                yield self._named(stem, file)

    def _named(self, text: str, file: str, line: int = 0) -> Listed:
        """Return the cohort of a trait key, or of a name."""
        for spelling in self._spellings:
            key = spelling.parse(text)
            if key is not None and _AN_ID.fullmatch(key.cohort_id):
                return Listed(key, file, line)
        self._made_up += 1
        return Listed(TraitKey(text, f"x{self._made_up:07}"), file, line, is_numbered=True)

    def _of_lines(self, text: str, file: str) -> Iterator[Listed]:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield self._named(line.strip(), file, number)

    def _of_csv(self, text: str, file: str, separator: str, header: int) -> Iterator[Listed]:
        plain = text if separator == "," else "\n".join(_with_commas(text, separator))
        reader = CsvRecords(io.StringIO(plain, newline=""))
        columns: list[str] = []
        try:
            for fields in reader:
                if reader.line < header or not any(field.strip() for field in fields):
                    continue
                if not columns:
                    columns = [field.strip().casefold() for field in fields]
                    name, cohort_id = _place(columns, _NAMES), _place(columns, _IDS)
                    continue
                if len(fields) != len(columns):
                    found = f"{len(fields)} fields instead of {len(columns)}"
                    raise BadInput(f"{file}:{reader.line}: found {found}; a field with a comma stands in quotes")
                if not fields[name].strip() or not fields[cohort_id].strip():
                    raise BadInput(f"{file}:{reader.line}: a cohort needs a name and an id")
                yield Listed(TraitKey(fields[name], fields[cohort_id].strip()), file, reader.line)
        except NotCsv as error:
            raise BadInput(f"{file}:{error.line}: {error}") from None

    def _of_json(self, data: bytes, file: str) -> Iterator[Listed]:
        for record in read(io.BytesIO(data)):
            if isinstance(record, Fault):
                if record.code == "J003":  # a byte order mark harms no list
                    continue
                raise BadInput(f"{file}:{record.line}:{record.column}: found {record.reason}; expected JSON")
            yield from _of_record(record, file)


def _of_record(record: Record, file: str) -> Iterator[Listed]:
    found = list(_objects(record.value))
    if not found:
        raise BadInput(
            f"{file}:{record.line}: found {describe(record.value)}; expected cohorts: "
            '{"cohorts": [{"id": "...", "name": "..."}]}, an array of them, or one on each line'
        )
    text = record.text.decode("utf-8", "replace")
    spans, lines = Spans(text, (f"{where}/name" for where, _ in found)), Lines(text)
    for where, value in found:
        name, cohort_id = _first(value, _NAMES), _first(value, _IDS)
        pointer = record.pointer + where
        if not isinstance(name, str) or not name:
            raise BadInput(f"{file}: {pointer or 'the document'} has {describe(name)} for its name; expected a text")
        if not isinstance(cohort_id, str | int) or isinstance(cohort_id, bool) or cohort_id == "":
            raise BadInput(f"{file}: the cohort {quote(name)} has {describe(cohort_id)} for its id; expected a text")
        line, column = lines.place(spans[f"{where}/name"].start) if "name" in value else (1, 1)
        place = record.line + line - 1, column + (record.column - 1 if line == 1 else 0)
        yield Listed(TraitKey(name, str(cohort_id)), file, *place, f"{pointer}/name")


def _objects(value: object) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield the cohorts of a JSON value with their pointers."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, dict):
                yield f"/{index}", inner
    elif isinstance(value, dict):
        for name in ("cohorts", "data"):
            inner = value.get(name)
            if isinstance(inner, list):
                yield from ((f"/{name}{where}", each) for where, each in _objects(inner))
                return
        if isinstance(value.get("cohort"), dict):
            yield "/cohort", value["cohort"]
        elif any(name in value for name in _NAMES):
            yield "", value


def _first(value: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((value[name] for name in names if name in value), None)


def _columns(text: str) -> tuple[str, int] | None:
    """Return the separator of a table with an id and a name, and the line its header is on."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            for separator in _SEPARATORS:
                columns = [field.strip().strip('"').casefold() for field in line.split(separator)]
                if _place(columns, _NAMES) >= 0 and _place(columns, _IDS) >= 0:
                    return separator, number
            return None
    return None


def _place(columns: list[str], names: Iterable[str]) -> int:
    return next((columns.index(name) for name in names if name in columns), -1)


def _with_commas(text: str, separator: str) -> Iterator[str]:
    """Yield a table's lines with commas between the fields."""
    for line in text.splitlines():
        fields = line.split(separator)
        yield (
            ",".join(
                each if each.startswith('"') and each.endswith('"') else '"' + each.replace('"', '""') + '"'
                for each in fields
            )
            if line.strip()
            else ""
        )
