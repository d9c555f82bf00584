"""Write an export: every field in double quotes, `""` for a quote, a header first (amplitude facts 1.2 E [client])."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

import orjson

from mock_amplitude.exports.export import Export
from mock_amplitude.settings import AmplitudeSettings

ROWS_A_CHUNK = 2_000


class Packer(Protocol):
    """What compresses a stream piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Take a piece, and return what is ready."""

    def flush(self) -> bytes:
        """Return the rest."""


def export_lines(
    export: Export, *, props: bool, prop_keys: Sequence[str], settings: AmplitudeSettings
) -> Iterator[bytes]:
    """Yield an export as CSV, some thousand lines at a time."""
    end = "\r\n" if settings.csv_newline == "crlf" else "\n"
    by_events = export.told_by_events() if props else ()
    columns = list(_columns(export, prop_keys, by_events)) if props else []
    yield (",".join(_quoted(name) for name in ("amplitude_id", "user_id", *columns)) + end).encode()
    rows = export.members.rows()
    wrap = settings.csv_ids == "doubly-quoted"
    while page := list(islice(rows, ROWS_A_CHUNK)):
        if wrap:
            page = [(amplitude_id, user_id and f'"{user_id}"') for amplitude_id, user_id in page]
        lines = [
            f'"{amplitude_id}","{user_id}"' if user_id and '"' not in user_id else _pair(amplitude_id, user_id)
            for amplitude_id, user_id in page
        ]
        if columns:
            told = (export.properties_of(amplitude_id, by_events) for amplitude_id, _ in page)
            lines = [
                ",".join((line, *(_quoted(_text(properties.get(name))) for name in columns)))
                for line, properties in zip(lines, told, strict=True)
            ]
        yield (end.join(lines) + end).encode()


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks compressed as one gzip member, without a time in its header, so that the bytes repeat."""
    packer = _packer()
    for chunk in chunks:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()


def _packer() -> Packer:
    """Return what packs gzip: Intel's library, in a third of the time, and zlib where it is not installed."""
    try:
        from isal import isal_zlib  # noqa: PLC0415 - a lab that exports nothing is up sooner
    except ImportError:
        return zlib.compressobj(1, wbits=31)
    return isal_zlib.compressobj(1, wbits=31)


def _columns(export: Export, prop_keys: Sequence[str], by_events: Container[int]) -> Iterable[str]:
    """Return the property columns: those asked for, else all that any member has (amplitude facts 1.2 C [doc])."""
    if prop_keys:
        return dict.fromkeys(prop_keys)
    found: dict[str, None] = {}
    known_to_all = False
    for amplitude_id, _ in export.members:
        if amplitude_id in export.properties or amplitude_id in by_events or export.is_own(amplitude_id):
            found.update(dict.fromkeys(export.properties_of(amplitude_id, by_events)))
        elif not known_to_all:  # the population gives everybody the same ones
            known_to_all = True
            found.update(dict.fromkeys(export.people.properties(amplitude_id)))
    return found


def _pair(amplitude_id: int, user_id: str | None) -> str:
    return f'"{amplitude_id}",{_quoted(user_id or "")}'


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(value: Any) -> str:
    """Write a property value: text as it is, null as nothing, the rest as JSON (amplitude facts 1.2 E [inferred])."""
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()
