"""What is this file? The commands ask before they read it, and name the command that does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from contracts.reading import JOURNAL, RECORDING, SQLITE, Form, form_of

_LOOKED_AT: Final = 1 << 20
"""Bytes of a file that tell what it is; a JSON document that is longer is told by its first line."""


def form_of_file(file: Path) -> Form | None:
    """Return a file's form by its content; None when it cannot be told, or there is no such file."""
    try:
        with file.open("rb") as stream:
            head = stream.read(_LOOKED_AT) if file.is_file() else b""
    except OSError:
        return None
    return form_of_head(head, whole=len(head) < _LOOKED_AT)


def form_of_head(head: bytes, *, whole: bool) -> Form | None:
    """Return the form of a file that begins like this; `whole` says that there is no more of it."""
    return form_of(head, whole=whole, databases=_databases() if head.startswith(SQLITE) else {})


def other_form(file: Path, *names: str) -> Form | None:
    """Return what a file is when it is plainly something else than the forms with these names."""
    form = form_of_file(file)
    return form if form is not None and form.name not in names else None


def refuse_others(file: Path, wanted: str, *names: str) -> None:
    """Refuse a file that is plainly something else, and say which command reads it."""
    form = other_form(file, *names)
    if form is not None:
        raise click.UsageError(form.refusal(str(file), wanted))


def _databases() -> dict[int, Form]:
    from mock_core.journal import APPLICATION_ID as JOURNALS  # noqa: PLC0415 - only for a database
    from scenarios.recordings import APPLICATION_ID as RECORDINGS  # noqa: PLC0415

    return {JOURNALS: JOURNAL, RECORDINGS: RECORDING}
