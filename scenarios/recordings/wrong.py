"""Where a way went wrong: of the marks of a trace, the one behind which nothing came as it should have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.recordings.mark import Mark


@dataclass(frozen=True, slots=True)
class Wrong:
    """The place of a mark among those of a trace, and what was wrong there in words."""

    place: int
    words: str


def wrong_at(marks: Sequence[Mark]) -> Wrong | None:
    """Return at which mark the way to the present value went wrong, None when the value is as it must be.

    Looked for behind the last change of the membership: an export, a difference, an attempt, a delivery, a value.
    """
    ends = [mark for mark in marks if mark.kind == "end"]
    if not any("that is wrong" in mark.words or "is still true" in mark.words for mark in ends):
        return None
    began = _last(marks, "membership", 0)
    export = _last(marks, "export", began or 0)
    if export is None:
        return Wrong(began or 0, "no sync asked for an export after this")
    difference = _last(marks, "difference", export)
    sent = _last(marks, "attempt", export)
    if difference is not None and "is to be told" in marks[difference].words.replace("nothing is to be told", ""):
        if sent is None:
            lost = [place for place in range(export, len(marks)) if _is_lost_download(marks[place])]
            if lost:
                return Wrong(lost[-1], "the file of the export did not arrive, so nothing could be told")
            return Wrong(difference, "nobody sent what the export said")
    elif sent is None:
        return Wrong(difference or export, "the export said nothing of the change")
    verdict = None if sent is None else _last(marks, "verdict", sent)
    if verdict is not None and not marks[verdict].words.startswith("delivered"):
        return Wrong(verdict, "the event was sent and did not arrive")
    return Wrong(sent if sent is not None else export, "what was told last is not what must be")


def _last(marks: Sequence[Mark], kind: str, since: int) -> int | None:
    return next((place for place in range(len(marks) - 1, since - 1, -1) if marks[place].kind == kind), None)


def _is_lost_download(mark: Mark) -> bool:
    return mark.kind == "download" and not mark.words.endswith("answered 200")
