"""A program spoken to in lines of JSON, read and written without either side waiting for the other's full pipe."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import orjson

_READ: Final = 1 << 16
_KEPT: Final = 20
"""Lines of what the program last said on standard error."""


class Ended(Exception):
    """The program has gone, or said nothing for too long; the message is what it said last."""


class JsonLines:
    """A running program: messages out and in. One thread at a time."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        pipe = subprocess.PIPE
        self._program = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(environment), cwd=folder, bufsize=0
        )
        self._selector = selectors.DefaultSelector()
        self._in, self._out, self._err = (_number(self._program, name) for name in ("stdin", "stdout", "stderr"))
        for stream in (self._in, self._out, self._err):
            os.set_blocking(stream, False)
        self._selector.register(self._out, selectors.EVENT_READ)
        self._selector.register(self._err, selectors.EVENT_READ)
        self._outgoing = bytearray()
        self._incoming = b""
        self._ready: deque[bytes] = deque()
        self._said: deque[str] = deque(maxlen=_KEPT)

    def put(self, message: Mapping[str, Any]) -> None:
        """Send a message, now or with the next `get`."""
        self._outgoing += orjson.dumps(message) + b"\n"

    def get(self, patience: float) -> dict[str, Any]:
        """Return the next message; raise `Ended` when none comes in so many seconds, or none can."""
        while not self._ready:
            self._pump(patience)
        line = self._ready.popleft()
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            raise Ended(f"it said {line[:100].decode('utf-8', 'replace')!r}")
        return message

    @property
    def process_id(self) -> int:
        """Return the program's process id."""
        return self._program.pid

    def end(self) -> None:
        """End the program, and wait for it."""
        self._selector.close()
        self._program.kill()
        self._program.wait()
        for stream in (self._program.stdin, self._program.stdout, self._program.stderr):
            _close(stream)

    def _pump(self, patience: float) -> None:
        """Write what can be written and read what is there, once."""
        self._flush()
        if self._outgoing and self._in not in self._selector.get_map():
            self._selector.register(self._in, selectors.EVENT_WRITE)
        events = self._selector.select(patience)
        if not events:
            raise Ended(f"it said nothing for {patience:g} seconds")
        for key, _ in events:
            if key.fd == self._in:
                self._flush()
                if not self._outgoing:
                    self._selector.unregister(self._in)
            elif key.fd == self._err:
                self._hear()
            else:
                self._read()

    def _flush(self) -> None:
        try:
            while self._outgoing:
                del self._outgoing[: os.write(self._in, self._outgoing[:_READ])]
        except BlockingIOError:
            pass
        except OSError:
            raise Ended(self._last_words()) from None

    def _read(self) -> None:
        data = os.read(self._out, _READ)
        if not data:
            raise Ended(self._last_words())
        *lines, self._incoming = (self._incoming + data).split(b"\n")
        self._ready.extend(line for line in lines if line)

    def _hear(self) -> None:
        data = os.read(self._err, _READ)
        if not data:
            self._selector.unregister(self._err)
        self._said.extend(data.decode("utf-8", "replace").splitlines())

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, KeyError):
            self._hear()
        telling = [line for line in self._said if line.strip() and not line.lstrip().startswith("at ")]
        return next((line for line in telling if "Error" in line), telling[-1] if telling else "it said nothing")


def _number(program: subprocess.Popen[bytes], name: str) -> int:
    stream: IO[bytes] | None = getattr(program, name)
    assert stream is not None
    return stream.fileno()


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        stream.close()
