"""The export's file on its way here: over redirects, inflated, bounded, and known to be whole or not.

amplitude facts 1.2 E: the file comes by itself or from behind a signed address, as gzip or plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urljoin, urlsplit

from syncer.wire import CutShort, Download, NoAddress, Transport, inflate, place

REDIRECTS: Final = 5
REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})


class NoFile(Exception):
    """What Amplitude handed out is no export that can be used, and asking again would not change that."""


@contextmanager
def follow(
    transport: Transport, url: str, keys: Mapping[str, str], headers: Mapping[str, str], timeout: float
) -> Iterator[tuple[Download, bool]]:
    """Open a file, and say whether a redirect led there; the keys go to its own address and never to a redirect's.

    Raises `NoFile` for redirects that lead nowhere, whatever a server says in them.
    """
    sent = {**headers, **keys}
    said = ""
    for hops in range(REDIRECTS + 1):
        try:
            with transport.download(url, sent, timeout) as download:
                if download.status not in REDIRECTING:
                    yield download, hops > 0
                    return
                said = f"it answered {download.status}"
                location = download.headers.get("location", "")
        except NoAddress as error:
            if not hops:
                raise
            raise NoFile(f"{said} and sends on to {place(url)!r}, where no file can be; run the sync again") from error
        if not location.strip():
            raise NoFile(f"{said} without saying where to go; run the sync again")
        try:
            to = urlsplit(urljoin(url, _as_sent(location)))
            # A user in an address is not told to anybody, and a fragment never is.
            url = to._replace(netloc=to.netloc.rpartition("@")[2], fragment="").geturl()
        except ValueError as error:
            raise NoFile(
                f"{said} and sends on to {place(location)!r}, where no file can be; run the sync again"
            ) from error
        sent = dict(headers)
    raise NoFile(f"the export file is behind more than {REDIRECTS} redirects, a redirect loop; run the sync again")


def _as_sent(location: str) -> str:
    """Return an address as it was meant: headers are read byte by byte, and beyond ASCII it was UTF-8."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


class Whole:
    """Yields a file's bytes, inflated, `most` at most (0 for no limit); afterwards knows whether they are all.

    `is_certain` says so: the reply told how long its body is, or gzip where it ends. Raises `CutShort` for a file that
    is not whole, and `NoFile` for one that is too long: what inflates without end is kept on nobody's disk.
    """

    def __init__(self, download: Download, most: int) -> None:
        self._download = download
        self._most = most
        self.is_certain = download.is_framed

    def __iter__(self) -> Iterator[bytes]:
        last, size = b"\n", 0
        for piece in inflate(self._came()):
            size += len(piece)
            self._bound(size)
            last = piece[-1:]
            yield piece
        if last != b"\n" and not self.is_certain:
            raise CutShort("the export ends in the middle of a line, and nothing says how long it should be")

    def _came(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._download.chunks:
            if size == 0 and chunk[:1] == b"\x1f":
                self.is_certain = True
            size += len(chunk)
            self._bound(size)
            yield chunk

    def _bound(self, size: int) -> None:
        if self._most and size > self._most:
            raise NoFile(
                f"the export is longer than the {self._most:,} bytes that export_bytes allows; raise it if the cohort "
                "is as large as that"
            )
