"""Which entries a lab could not take in: an entry may rest on one that is lost, as a member on a cohort."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from downstream.annexes import annexes
from downstream.warehouse import warehouse_annexe
from mock_amplitude import AmplitudeFake
from mock_amplitude.answers import Answers as AmplitudeAnswers
from mock_core import Fake
from mock_core.errors import BadControl
from mock_core.faults import FaultPlan
from mock_core.journal import Journal, Shapes
from mock_core.seed import Seed
from mock_core.workspace import Workspace
from mock_segment import SegmentFake
from mock_segment.answers import Answers as SegmentAnswers

FAKES: Final[Mapping[str, type[Fake[Any]]]] = {"amplitude": AmplitudeFake, "segment": SegmentFake}
SHAPES: Final[Mapping[str, Shapes]] = {
    "amplitude": AmplitudeFake.shapes,
    "segment": SegmentFake.shapes.with_more(*(annexe.shapes for annexe in (*annexes(), warehouse_annexe(None)))),
}
_ANSWERS: Final[Mapping[str, type[AmplitudeAnswers | SegmentAnswers]]] = {
    "amplitude": AmplitudeAnswers,
    "segment": SegmentAnswers,
}


def leave_out(path: Path, fake: str) -> dict[int, str]:
    """Take away, from a journal that is complete, the entries that no lab could take in; return why, by number."""
    found: dict[int, str] = {}
    while refused := _refused(path, fake):
        found |= refused
        with closing(Journal(path)) as journal:
            journal.db.executemany("DELETE FROM journal WHERE seq = ?", [(seq,) for seq in refused])
    return found


def _refused(path: Path, fake: str) -> dict[int, str]:
    with tempfile.TemporaryDirectory(prefix="trial-", dir=path.parent) as folder:
        copy = Path(folder) / path.name  # what is computed stands beside the entries, and is none of theirs
        for end in ("", "-wal"):
            if path.with_name(path.name + end).exists():
                shutil.copy(path.with_name(path.name + end), copy.with_name(copy.name + end))
        kinds = FAKES[fake].fault_kinds
        unarmed = _unarmed(copy, FaultPlan(kinds, Seed(0).fresh("faults")))
        if unarmed:
            return unarmed
        with closing(Workspace(kinds=kinds, path=copy, shapes=SHAPES[fake])) as workspace:
            return _ANSWERS[fake](workspace).unreadable()


def _unarmed(path: Path, plan: FaultPlan) -> dict[int, str]:
    found: dict[int, str] = {}
    with closing(Journal(path)) as journal:
        for entry in journal.turns():
            if entry.data.get("op") == "fault.arm":
                try:
                    plan.arm(entry.data["spec"])
                except BadControl as error:
                    found[entry.seq] = str(error)
    return found
