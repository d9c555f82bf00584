"""Keep a story as a scenario: a folder with the file, the exports it names, and what the recorded program sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.foreign import shown
from recording.whole import whole
from scenarios.errors import FileUnusable
from scenarios.files import read_scenario, yaml_of
from scenarios.keeping.memberships import Export
from scenarios.keeping.program import SyncLines
from scenarios.keeping.story import Story
from scenarios.keeping.telling import RECORDED, Data, Telling

CALLS: Final = "recorded.calls.ndjson"


@dataclass(frozen=True, slots=True)
class Kept:
    """A scenario that was kept: its file, of what it consists, and what of the story no step says."""

    file: Path
    syncs: int
    cohorts: int
    faults: int
    exports: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "syncs": self.syncs,
            "cohorts": self.cohorts,
            "faults": self.faults,
            "exports": list(self.exports),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario that is not written yet: its data, what its exports hold, and the lines of each recorded sync."""

    data: Data
    exports: Mapping[str, Export]
    lines: Sequence[Iterable[bytes]]
    faults: int = 0
    notes: tuple[str, ...] = ()


def keep(story: Story, folder: Path, *, title: str | None = None) -> Kept:
    """Keep what happened in a lab as a scenario in a folder, which appears whole or not at all.

    Raises `OutputRefused` for a folder that is there, `FileUnusable` when there is no cohort to sync.
    """
    return write(draft(story, title), folder)


def draft(story: Story, title: str | None = None) -> Draft:
    """Return the scenario of a story, to be written or reduced."""
    telling = Telling(story, title or story.title)
    data = telling.tell()
    if not data["cohorts"]:
        raise FileUnusable("there is no cohort in it, so there is no sync to keep.")
    if not telling.syncs:
        telling.notes.append("No sync was seen; the scenario has one of its first cohort.")
        data["steps"] = [*data["steps"], {"sync": next(iter(data["cohorts"]))}]
    lines = [SyncLines(story, number, sync) for number, sync in enumerate(telling.syncs, 1)]
    return Draft(data, telling.memberships.exports, lines, telling.faults, tuple(telling.notes))


def write(told: Draft, folder: Path) -> Kept:
    """Write a draft; the file is named after the folder, and read once before anything appears."""
    name = f"{folder.name.removesuffix('.cohort')}.cohort.yaml"
    data = publishable(told.data)
    used = [each for each in told.exports if each in exports_in(data)]
    with whole(folder) as beside:
        fill(beside, name, data, {each: told.exports[each] for each in used}, told)
        read_scenario(beside / name)
    syncs = sum("sync" in step for step in data["steps"])
    return Kept(folder / name, syncs, len(data["cohorts"]), told.faults, tuple(used), told.notes)


def fill(folder: Path, name: str, data: Data, exports: Mapping[str, Export], told: Draft) -> Path:
    """Write the files of a draft into a folder and return the scenario's."""
    if told.lines:
        data = {**{key: data[key] for key in data if key not in {"cohorts", "steps"}}, "recorded": CALLS} | {
            key: data[key] for key in ("cohorts", "steps")
        }
        with (folder / CALLS).open("wb") as stream:
            for number in recorded_in(told.data):
                stream.writelines(told.lines[number - 1])
    if exports:
        (folder / "exports").mkdir()
    for path, pieces in exports.items():
        with (folder / path).open("wb") as stream:
            stream.writelines(pieces())
    notes = "".join(f"# {shown(note)}\n" for note in told.notes)
    file = folder / name
    file.write_text(notes + yaml_of(data), encoding="utf-8")
    return file


def recorded_in(data: Data) -> list[int]:
    """Return which of the recorded syncs a scenario has, in order."""
    return [step["sync"][RECORDED] for step in data["steps"] if isinstance(step.get("sync"), dict)]


def publishable(data: Data) -> Data:
    """Return a scenario's data as its file has it: a sync without more to say is a name."""
    steps: list[Data] = []
    for step in data["steps"]:
        if isinstance(step.get("sync"), dict):
            plan = {name: value for name, value in step["sync"].items() if name != RECORDED}
            step = {"sync": plan if len(plan) > 1 else plan["cohort"]}  # noqa: PLW2901 - the same one, as it is written
        steps.append(step)
    return {**data, "steps": steps}


def exports_in(data: Data) -> set[str]:
    """Return the exports that a scenario names."""
    plans = [plan["export"] for plan in data["cohorts"].values() if "export" in plan]
    return {*plans, *(step["import"]["export"] for step in data["steps"] if "import" in step)}
