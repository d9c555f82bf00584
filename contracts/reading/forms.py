"""What a file is, told by its content: the forms that people point a command at, and which command reads each.

One table for every command. A file's name says nothing here: exports are called `.txt`, and recordings `.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.judging import CALLS
from contracts.reading.calls import recorded_calls
from contracts.reading.export import columns_of

_CHECKED: Final = "`cohortlab check {file}` reads it"


@dataclass(frozen=True, slots=True)
class Form:
    """Hold a form of file: a short name, what it is in words, and what to do with one; `{file}` stands for its name.

    `is_checked` says that `cohortlab check` reads it as it is.
    """

    name: str
    what: str
    advice: str
    is_checked: bool = False

    def refusal(self, file: str, wanted: str) -> str:
        """Say that a file is this and not what was wanted."""
        return f"{file} is {self.what}, not {wanted}; {self.advice.format(file=file)}."


JOURNAL: Final = Form(
    "journal",
    "the journal of a lab",
    f"{_CHECKED}, `cohortlab trace USER TRAIT {{file}}` follows one user in it",
    is_checked=True,
)
RECORDING: Final = Form(
    "recording", "a recording of runs", f"`cohortlab replay {{file}}` shows it, {_CHECKED}", is_checked=True
)
SCENARIO: Final = Form("scenario", "a scenario", "`cohortlab run {file}` runs it")
EVENTS: Final = Form("events", "a file of events", _CHECKED, is_checked=True)
EXPORT: Final = Form(
    "export", "the CSV of a cohort", "`cohortlab check --contract export {file}` reads it", is_checked=True
)
HISTORY: Final = Form(
    "history",
    "the history of a sync, with those who left and those who were skipped",
    "download the cohort itself: its members are in no history",
)
LIST: Final = Form(
    "list", "a list without a header line", "put `user_id` on a line above it, and read it with --contract export"
)
CSV: Final = Form("csv", "a CSV", "of CSVs only a cohort's export is read, one with a column `user_id`")
RECORDED: Final = Form("calls", "a recording of calls", _CHECKED, is_checked=True)
RECORDED_IN_YAML: Final = Form("yaml", "a recording of calls in YAML", _CHECKED, is_checked=True)
CURL: Final = Form("curl", "a curl command", _CHECKED, is_checked=True)
UTF_16: Final = Form("utf-16", "UTF-16 text", "write it as UTF-8: `iconv -f UTF-16 -t UTF-8 {file}`")

_MAGIC: Final[tuple[tuple[bytes, Form], ...]] = (
    (b"\x1f\x8b", Form("gzip", "gzip", "decompress it first: `gunzip -c {file}`")),
    (b"PK\x03\x04", Form("zip", "a ZIP archive (or a spreadsheet, which is one)", "take the files out of it first")),
    (b"PAR1", Form("parquet", "Parquet", "write its rows as NDJSON or CSV first")),
    (b"\x28\xb5\x2f\xfd", Form("zstd", "Zstandard", "decompress it first: `zstd -dc {file}`")),
    (b"BZh", Form("bzip2", "bzip2", "decompress it first: `bunzip2 -c {file}`")),
    (b"\xfd7zXZ", Form("xz", "xz", "decompress it first: `xz -dc {file}`")),
    (b"7z\xbc\xaf\x27\x1c", Form("7z", "a 7-Zip archive", "take the files out of it first")),
    (b"Obj\x01", Form("avro", "Avro", "write its records as NDJSON first")),
    (b"ORC", Form("orc", "ORC", "write its rows as NDJSON first")),
    (b"ARROW1", Form("arrow", "Arrow", "write its rows as NDJSON first")),
    (b"%PDF", Form("pdf", "a PDF", "nothing here reads one")),
    (b"\x89PNG", Form("png", "a picture", "nothing here reads one")),
    (b"\xff\xd8\xff", Form("jpeg", "a picture", "nothing here reads one")),
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
)
SQLITE: Final = b"SQLite format 3\x00"
_APPLICATION: Final = slice(68, 72)
_DATABASE: Final = Form("database", "a database of another program", "export its rows as NDJSON or CSV first")
_MARKUP: Final = Form("markup", "XML or HTML", "an expired link answers with XML, a proxy with HTML: download it again")
_OPENAPI: Final = Form("openapi", "an OpenAPI document", "nothing here reads one")
_YAML_CALLS: Final = re.compile(
    r"""(?mx)^(?: (?:http_)?interactions \s*: \s* (?:\#|$|\[) | type \s*: \s* ["']? \w+\.insomnia\.rest/
        | _type \s*: \s* ["']? export \b )"""
)
"""How the first lines begin of a cassette, and of what Insomnia exports: its collections, and earlier its resources."""
_BY_HAND: Final = "copy the call as a curl command, or record it as a HAR; `cohortlab check` reads both"
_SCRIPTS: Final[tuple[tuple[re.Pattern[str], Form], ...]] = (
    (
        re.compile(
            r"(?:\s|(?:\#|//|@)[^\n]*\n)*(?:GET|POST|PUT|PATCH|DELETE)[ ]+(?:https?:|/|\{\{)\S*[^\n{}]*(?:\n|$)"
        ),
        Form("http", "a request as HTTP writes it", _BY_HAND),
    ),
    (
        re.compile(r"\s*meta \{\s*\n(?s:.*)^(?:get|post|put|patch|delete) \{", re.MULTILINE),
        Form("bruno", "a Bruno request", _BY_HAND),
    ),
    (re.compile(r"\s*(?:await\s+)?fetch\("), Form("fetch", "a call of fetch", _BY_HAND)),
    (re.compile(r"\s*\$?\s*https? +(?:-\S+ +)*(?:GET|POST|PUT) +\S"), Form("httpie", "an HTTPie command", _BY_HAND)),
)
_LINES: Final = 20
_HALF: Final = 4
"""NUL bytes in every other place from which on a text is UTF-16 without a byte order mark."""


def form_of(head: bytes, *, whole: bool, databases: Mapping[int, Form]) -> Form | None:
    """Return the form of a file by its first bytes; None when they say nothing.

    `whole` says that they are all there is. `databases` are the forms of SQLite files by their application id.
    """
    if head.startswith(SQLITE):
        return databases.get(int.from_bytes(head[_APPLICATION]), _DATABASE)
    for magic, form in _MAGIC:
        if head.startswith(magic):
            return form
    even, odd = head[0:40:2].count(0), head[1:40:2].count(0)
    if max(even, odd) > _HALF and not min(even, odd):
        return UTF_16
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return _MARKUP
    if start.startswith((b"{", b"[")):
        return _of_json(start, whole=whole)
    text = start.decode("utf-8", "replace")
    if re.match(r"(#[^\n]*\n|\s)*\$?\s*curl\s+(-|'|\"|https?:|\$|\\\n)", text):
        return CURL
    for pattern, form in _SCRIPTS:
        if pattern.match(text):
            return form
    if re.search(_YAML_CALLS, text):
        return RECORDED_IN_YAML
    if re.search(r"(?m)^(openapi|swagger)\s*:\s*[\"']?\d", text):
        return _OPENAPI
    if re.search(r"(?m)^(scenario|cohorts|steps)\s*:", text):
        return SCENARIO
    return _of_table(text)


def _of_json(start: bytes, *, whole: bool) -> Form | None:
    for text in (start, start.partition(b"\n")[0]) if whole else (start.partition(b"\n")[0],):
        try:
            return document_form(orjson.loads(text)) or EVENTS
        except orjson.JSONDecodeError:
            continue
    return RECORDED if re.match(rb'\{\s*"log"\s*:\s*\{', start) else None


def document_form(value: object) -> Form | None:
    """Return the form of a JSON document that is no event, no batch and no array of them."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict) or first.keys() & {"userId", "anonymousId", "batch"} or first.get("type") in CALLS:
        return None
    if recorded_calls(first) is not None:
        return RECORDED
    if not isinstance(value, dict):
        return None
    return next((form for form, fits in _DOCUMENTS if fits(value)), None)


def _of_table(text: str) -> Form | None:
    """Return the form of lines of text: a table, or a list of ids."""
    lines = text.splitlines()[:_LINES]
    if not lines:
        return None
    columns = [name.strip().casefold() for name in columns_of(lines[0].encode())]
    if {"operation", "skip_detected"} <= set(columns):
        return HISTORY
    if {"user_id", "amplitude_id", "userid"} & {name.strip('"') for name in columns}:
        return EXPORT
    if any(letter in text for letter in "{}"):
        return None
    fields = {len(columns_of(line.encode())) for line in lines if line.strip()}
    if len(fields) == 1 and fields != {1} and len(lines) > 1:
        return CSV
    if fields == {1} and all(re.fullmatch(r"\S{1,200}", line) for line in lines if line.strip()) and len(lines) > 1:
        return LIST
    return None


def _has(*names: str, **kinds: type | tuple[type, ...]) -> Callable[[Mapping[str, Any]], bool]:
    """Return a test for documents with these names, and with values of these kinds."""

    def fits(document: Mapping[str, Any]) -> bool:
        return all(name in document for name in names) and all(
            isinstance(document.get(name), kind) for name, kind in kinds.items()
        )

    return fits


def _is_plan(document: Mapping[str, Any]) -> bool:
    inner: Any = document
    while isinstance(inner, dict) and "rules" not in inner:
        inner = inner.get("data", inner.get("trackingPlan"))
    return isinstance(inner, dict) and isinstance(inner["rules"], list | dict)


_DOCUMENTS: Final[tuple[tuple[Form, Callable[[Mapping[str, Any]], bool]], ...]] = (
    (Form("plan", "a tracking plan", "`cohortlab check --plan {file}` reads it"), _is_plan),
    (Form("baseline", "a baseline", "give it with --baseline"), _has(format=int, findings=dict)),
    (
        Form("report", "a report of `cohortlab check`", "check the files that it is about"),
        _has(findings=list, summary=dict),
    ),
    (Form("sarif", "a SARIF report", "check the files that it is about"), _has("version", runs=list)),
    (Form("memberships", "a list of cohorts", "give it with --memberships"), _has(cohorts=list)),
    (
        Form("schema", "a JSON Schema", "`cohortlab check --evolution OLD NEW` compares two of them"),
        lambda document: "$schema" in document and bool({"properties", "type", "allOf", "$ref"} & document.keys()),
    ),
    (_OPENAPI, _has("paths", "info")),
    (
        Form("amplitude", "an upload to Amplitude", "POST it to /2/httpapi of the lab's Amplitude"),
        _has("api_key", events=list),
    ),
    (Form("stubs", "a file of stubs, which hold no calls", "record the calls that were made"), _has(mappings=list)),
    (
        Form("hoverfly", "a Hoverfly simulation", "record the calls as a HAR; `cohortlab check` reads it"),
        lambda document: isinstance(document.get("data"), dict) and isinstance(document["data"].get("pairs"), list),
    ),
)
