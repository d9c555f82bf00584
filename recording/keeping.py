"""A folder of journals, written whole or not at all, and searched for everybody who must not be in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from mock_core.deep_json import write_json
from mock_core.errors import LabError
from mock_core.journal import Journal, check_journal
from recording.entries import rewritten_entry
from recording.errors import NotReadable, StillThere
from recording.material import Happened
from recording.reading import SHAPES
from recording.strangers import People, Search
from recording.whole import whole

_AT_ONCE: Final = 2_000  # entries in one transaction


def keep(entries: Callable[[], Iterable[Happened]], people: People, folder: Path) -> dict[str, int]:
    """Write the journals of a lab, with strangers in place of people, and return how many entries each has.

    `entries` is asked twice: people are met first, and replaced then. Raises `OutputRefused` for a folder that is
    there, `StillThere` when an original is found in what was written; nothing is left of it then.
    """
    for each in entries():
        rewritten_entry(each, people.meeting)
    with whole(folder) as beside:
        counts = write_journals((rewritten_entry(each, people.replacing) for each in entries()), beside)
        _search(beside, Search(people.searched))
    return counts


def write_journals(entries: Iterable[Happened], folder: Path, *, recorded: bool = False) -> dict[str, int]:
    """Write the journals of a lab into a folder; `recorded` says in them that people are as they were."""
    with ExitStack() as stack:
        journals = {fake: stack.enter_context(closing(Journal(folder / f"{fake}.db"))) for fake in SHAPES}
        counts = dict.fromkeys(journals, 0)
        for journal in journals.values():
            journal.begin({"seed": 0, "frozen_at": None, **({"recorded": True} if recorded else {})})
            journal.db.execute("BEGIN")
        for each in entries:
            journal = journals[each.fake]
            journal.append(each.at, each.kind, each.data, each.body)
            counts[each.fake] += 1
            if counts[each.fake] % _AT_ONCE == 0:
                journal.db.execute("COMMIT")
                journal.db.execute("BEGIN")
        for fake, journal in journals.items():
            journal.db.execute("COMMIT")
            try:
                check_journal(journal, SHAPES[fake])
            except LabError as error:
                raise NotReadable(f"what was recorded does not fit a lab: {error}".replace(f"{folder}/", "")) from error
    return counts


def _search(folder: Path, search: Search) -> None:
    for fake in SHAPES:
        with closing(Journal(folder / f"{fake}.db")) as journal:
            for entry in journal.walk():
                for part, data in (("it", write_json(entry.data)), ("its body", entry.body or b"")):
                    if search.found(data) is not None:
                        raise StillThere(
                            f"an original value is still in entry {entry.seq} of {fake}.db, in {part} "
                            f"({_called(entry.data)}); "
                            "the output was removed. Name the field that it is in with --hide, or leave it with --keep."
                        )


def _called(data: dict[str, object]) -> str:
    return str(data.get("op") or f"{data.get('method')} {data.get('route', 'a call')}")
