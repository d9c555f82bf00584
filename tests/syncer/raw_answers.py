"""Answers as bytes on the wire: any status, header, body and framing, cut at any byte, and what carries them.

`RawWire` puts them under the engine's own libraries at the socket, so that whatever reads a reply reads these.
"""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from hypothesis import strategies as st
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection

from syncer.wire import CookielessAdapter

Answer = Callable[[requests.PreparedRequest], bytes]


class RawWire(CookielessAdapter):
    """Carry requests to a function from a request to the bytes of its answer, over pairs of sockets."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        super().__init__(max_retries=0)

    def init_poolmanager(self, *_: Any, **__: Any) -> None:
        self.answers: list[bytes] = []
        self.others: list[socket.socket] = []  # the far end of the last connection; open, or what it said could be lost
        answers, others, hang_up = self.answers, self.others, self.hang_up

        class Connection(HTTPConnection):
            """Finds at the other end of its socket one answer, and the end of the stream behind it."""

            def __init__(self, host: str, port: int | None = None, **_: Any) -> None:
                super().__init__(host, port)

            def _new_conn(self) -> socket.socket:
                ours, theirs = socket.socketpair()
                theirs.sendall(answers.pop())
                theirs.shutdown(socket.SHUT_WR)
                hang_up()
                others.append(theirs)
                return ours

        class Pool(HTTPConnectionPool):
            ConnectionCls = Connection

        self.poolmanager = PoolManager()
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": Pool}

    def hang_up(self) -> None:
        """Close what is still open at the other end."""
        while self.others:
            self.others.pop().close()

    def close(self) -> None:
        super().close()
        self.hang_up()

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """There is no certificate on a pair of sockets."""

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        self.answers[:] = [self._answer(request)]
        return super().send(request, *given, **named)


def reply(status: int, body: bytes, *headers: tuple[str, str]) -> bytes:
    """Write a sound answer."""
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


STATUSES = [
    *(
        100,
        101,
        103,
        199,
        200,
        200,
        200,
        200,
        201,
        202,
        204,
        206,
        300,
        301,
        302,
        302,
        303,
        304,
        307,
        308,
        400,
        401,
        403,
    ),
    *(404, 408, 410, 413, 422, 425, 429, 460, 499, 500, 501, 502, 503, 504, 505, 511, 599, 600, 999),
]
ADDRESSES = (  # scheme, host, port, path
    ["http://", "https://", "//", "", "ftp://", "file://", "HTTP://", "data:", "javascript:", "http:", "http:/", ":"],
    [
        *(
            "files.test",
            "amplitude.test",
            "127.0.0.1",
            "[::1]",
            "[",
            "[::1",
            "",
            "a b",
            "é.test",
            "xn--a",
            "..",
            "a..b",
        ),
        *("me:pw@files.test", "@", f"{'a' * 70}.test", "*", "0", "%41.test", "[fe80::1%25lo]", "٣.test", "a\\b", "\0"),
    ],
    ["", "", "", ":", ":0", ":80", ":65535", ":65536", ":99999", ":abc", ":-1", ":8 0", ":٣", ":1e3"],
    [
        "",
        "/",
        "/signed",
        "/../x",
        "//",
        "/é",
        "/%",
        "/%zz",
        "?",
        "?x=1",
        "#x",
        "/a b",
        "\\x",
        f"/{'x' * 900}",
        "/\x1b[",
    ],
)
WAITS = [
    *("-5", "1e9", "NaN", "inf", "0", "", "1,5", "0.01", ".", "1.", "9" * 400, "٣", "²", "1_0", "0x1", "soon", ",,,"),
    *(f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", f"1 Jan 2026 00:00:00 {'9' * 30}", "Fri, 31 Dec 9999 23:59:59 GMT"),
    *("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "Mon, 01 Jan 1600 00:00:00 GMT"),
    *("Mon, 32 Foo 2026 25:61:61 XYZ", "Mon, 01 Jan 2026", "1 2 3 4 5", "Mon, 01 Jan 2026 00:00:00 +99999999999999"),
]
LENGTHS = ["-5", "abc", "", "²", "9" * 5000, "1, 2", "2, 2", "0", "+3", "1e2", "18446744073709551616"]
COOKIES = ["a=b", "=;;=", "a=b; expires=Mon, 01 Jan 99999 00:00:00 GMT", f"a=b; Max-Age={'9' * 30}", "a=b; domain=.."]
WORDS = [
    *("cohorts", "id", "name", "archived", "size", "request_id", "cohort_id", "async_status", "success", "error"),
    *("message", "metadata", "details"),
]
TEXTS = [
    *("abc123", "Power Users", "Req001", "JOB COMPLETED", "JOB INPROGRESS", "JOB FAILED", "", " ", "../..", "a/b?c#d"),
    *("\0", "\x1b[31m", "\u202e", "{id}", "x" * 3000),
]
ODD_JSON = [
    *(b'{"cohorts":' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"size":' + b"9" * 5000 + b"}", b'{"cohorts": 1e400}'),
    *(
        b'{"success": true, "x": NaN}',
        b'{"cohorts":[{"id":"abc123","name":"\\ud800"}]}',
        b'{"success":1,"success":true}',
    ),
    *(b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"a":', b"", b"null", b"<html>301 Moved</html>"),
]
HEADS = [
    *(b'"amplitude_id","user_id"\n', b"user_id\r\n", b'"user_id","user_id"\n', b"\xef\xbb\xbfuser_id\n", b""),
    b",".join(b"c%d" % number for number in range(1200)) + b",user_id\n",
]
FRAMINGS = [
    *("length", "length", "length", "none", "longer", "shorter", "endless"),
    *("chunked", "unended chunks", "bad chunks"),
]

addresses = st.builds("{}{}{}{}".format, *map(st.sampled_from, ADDRESSES)) | st.text(max_size=12)
waits = st.sampled_from(WAITS) | st.integers(-(10**20), 10**20).map(str) | st.text(max_size=8)
headers = st.one_of(
    st.tuples(st.just("Location"), addresses),
    st.tuples(st.just("Location"), addresses),
    st.tuples(st.sampled_from(["Retry-After", "X-RateLimit-Reset", "Date"]), waits),
    st.tuples(st.just("Content-Encoding"), st.sampled_from(["gzip", "GZIP", "br", "deflate", "gzip, gzip", "x", ""])),
    st.tuples(st.just("Transfer-Encoding"), st.sampled_from(["chunked", "Chunked", "gzip, chunked", "x", "identity"])),
    st.tuples(st.just("Content-Length"), st.sampled_from(LENGTHS)),
    st.tuples(st.just("Content-Type"), st.sampled_from(["text/html", "application/json; charset=utf-16", "x"])),
    st.tuples(st.just("Set-Cookie"), st.sampled_from(COOKIES)),
    st.tuples(st.sampled_from(["X", "Connection", "", "A B", "\0", "é"]), st.text(max_size=12)),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(TEXTS),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=6),
)
documents = st.recursive(
    scalars,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inside, max_size=4)
    ),
    max_leaves=8,
)
like_ours = st.one_of(  # as they should be, but for what stands in one or two places
    st.builds(
        lambda name, archived, size: {"cohorts": [{"id": "abc123", "name": name, "archived": archived, "size": size}]},
        *(documents, documents, documents),
    ),
    documents.map(lambda found: {"cohorts": [found, {"id": found, "name": "P"}]}),
    st.builds(lambda one, other: {"request_id": one, "cohort_id": other}, documents, st.just("abc123") | documents),
    documents.map(lambda found: {"async_status": found}),
    documents.map(lambda found: {"success": found}),
    documents.map(lambda found: {"error": found, "message": found}),
)
exports = st.builds(
    bytes.__add__, st.sampled_from(HEADS), st.text(alphabet='ab",\n\r \t\0é', max_size=20).map(str.encode)
)
plain = st.one_of(
    (documents | like_ours).map(lambda document: json.dumps(document).encode()),
    st.sampled_from(ODD_JSON),
    exports,
    st.binary(max_size=20),
)
bodies = st.one_of(plain, plain, plain, plain.map(lambda body: gzip.compress(body, mtime=0)))


@dataclass(frozen=True, slots=True)
class Odd:
    """An answer that no vendor should give; `cut` says how much of it comes, from 0 to 1."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    framing: str
    cut: float

    def written(self) -> bytes:
        """Return it as it goes over the wire."""
        size, body, headers = len(self.body), self.body, list(self.headers)
        if "chunk" in self.framing:
            headers.append(("Transfer-Encoding", "chunked"))
            head, end = (b"zz", b"") if self.framing == "bad chunks" else (b"%x" % size, b"0\r\n\r\n")
            body = head + b"\r\n" + body + b"\r\n" + (end if self.framing == "chunked" else b"")
        elif self.framing != "none":
            size = {"longer": size + 7, "shorter": size // 2, "endless": 2**63}.get(self.framing, size)
            headers.append(("Content-Length", str(size)))
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in headers)]
        raw = "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body
        return raw[: round(len(raw) * self.cut)]


odd_answers = st.builds(
    Odd,
    status=st.sampled_from(STATUSES),
    headers=st.lists(headers, max_size=3).map(tuple),
    body=bodies,
    framing=st.sampled_from(FRAMINGS),
    cut=st.just(1.0) | st.just(1.0) | st.floats(0, 1),
).map(Odd.written)
