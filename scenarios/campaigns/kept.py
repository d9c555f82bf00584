"""Kept: the folder of a campaign. What was asked for stands in one file, what is done in another, which only grows.

A line of `done.jsonl` is a piece: the number of its first item, and its results. The last line may be half a line,
when the machine or this process ended in it: it is cut off, and its piece is done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self

from filelock import FileLock, Timeout

from scenarios.campaigns.code import this_code
from scenarios.campaigns.errors import FolderUnusable, OtherCode
from scenarios.campaigns.plain import Plain

ASKED: Final = "campaign.json"
DONE: Final = "done.jsonl"
NOTES: Final = "notes.jsonl"
_FORMAT: Final = 1


class Kept:
    """The folder of one campaign, held by one process at a time; a context manager.

    `asked` is what the campaign was begun with, as JSON has it. `notes` are what else is not to be done twice, by key.
    """

    def __init__(self, folder: Path, told: Mapping[str, Any], plain: Plain) -> None:
        self.folder = folder
        self.asked: Mapping[str, Any] = told["asked"]
        self.notes: dict[str, Any] = {}
        self._plain = plain
        self._stack = ExitStack()
        self._places: dict[int, tuple[int, int]] = {}  # first item -> how many, and the byte where the line begins

    @classmethod
    def begun(cls, folder: Path, command: str, asked: Mapping[str, Any], plain: Plain) -> Self:
        """Begin a campaign in a folder that has none."""
        told = {"format": _FORMAT, "command": command, "code": str(this_code()), "asked": dict(asked)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / ASKED).open("x", encoding="utf-8") as file:
                json.dump(told, file, indent=2)
        except FileExistsError as error:
            raise FolderUnusable(
                f"{folder} holds a campaign: go on with --resume {folder}, or name another."
            ) from error
        except OSError as error:
            raise FolderUnusable(f"{folder} cannot be written: {error.strerror}. Name another folder.") from error
        return cls(folder, told, plain)

    @classmethod
    def resumed(cls, folder: Path, command: str, plain: Plain) -> Self:
        """Go on with the campaign of a folder, which must be one of this command and of this code."""
        try:
            told = json.loads((folder / ASKED).read_text(encoding="utf-8"))
            theirs, code, asked = told["command"], told["code"], told["asked"]
            if told["format"] != _FORMAT or not isinstance(asked, dict):
                raise ValueError
        except FileNotFoundError as error:
            raise FolderUnusable(f"{folder} has no {ASKED}: it is no campaign's folder.") from error
        except OSError as error:
            raise FolderUnusable(f"{folder} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise FolderUnusable(f"{folder / ASKED} is not what a campaign writes.") from error
        if theirs != command:
            raise FolderUnusable(f"{folder} is a campaign of `cohortlab {theirs}`: resume it with that.")
        if code != str(this_code()):
            raise OtherCode(f"{folder} was begun with {code}; this is {this_code()}. Begin it anew.")
        return cls(folder, told, plain)

    def __enter__(self) -> Self:
        lock = FileLock(self.folder / ".lock", timeout=0)
        try:
            self._stack.enter_context(lock)
        except Timeout as error:
            raise FolderUnusable(f"another process is at the campaign in {self.folder}.") from error
        try:
            self._index()
            for line in self._whole_lines(NOTES):
                key, value = self._value(line)
                self.notes[key] = value
            self._done = self._stack.enter_context((self.folder / DONE).open("ab"))
            self._noting = self._stack.enter_context((self.folder / NOTES).open("ab"))
            self._reading = self._stack.enter_context((self.folder / DONE).open("rb"))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        (self.folder / ".lock").unlink(missing_ok=True)

    def add(self, first: int, results: Sequence[Any]) -> None:
        """Keep the results of the items from `first` on."""
        self._done.write(f"{self._plain.text((first, len(results), list(results)))}\n".encode())
        self._done.flush()

    def note(self, key: str, value: Any) -> None:
        """Keep something else that is not to be done twice."""
        self.notes[key] = value
        self._noting.write(f"{self._plain.text((key, value))}\n".encode())
        self._noting.flush()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was done yet."""
        return not any((self.folder / name).stat().st_size for name in (DONE, NOTES) if (self.folder / name).exists())

    def remove(self) -> None:
        """Take the folder away, but for what else is in it."""
        for name in (ASKED, DONE, NOTES):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # somebody put something there
            self.folder.rmdir()

    def spans(self) -> Iterator[range]:
        """Yield which items were done when the folder was opened, in order."""
        for first, (count, _) in sorted(self._places.items()):
            yield range(first, first + count)

    def at(self, first: int) -> Sequence[Any] | None:
        """Return the results of the piece that begins with an item, if it was done when the folder was opened."""
        if first not in self._places:
            return None
        self._reading.seek(self._places[first][1])
        results: Sequence[Any] = self._value(self._reading.readline())[2]
        return results

    def _index(self) -> None:
        place = 0
        for line in self._whole_lines(DONE):
            first, count, _ = self._value(line)
            self._places[first] = count, place
            place += len(line)

    def _value(self, line: bytes) -> Any:
        try:
            return self._plain.value(line)
        except ValueError as error:
            raise FolderUnusable(f"{self.folder} has a line that no campaign wrote: {error}.") from error

    def _whole_lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file; half a line at its end is cut off."""
        path = self.folder / name
        if not path.exists():
            return
        whole = 0
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
                    yield line
        if whole < path.stat().st_size:
            os.truncate(path, whole)
