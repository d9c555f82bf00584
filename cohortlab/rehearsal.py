"""The demo's rehearsal: two cohort exports an hour apart, both fakes on loopback, three faults, one oracle.

Everything is real but the vendors and the time: sockets, the engine, the retries. Its state is in memory, for two
syncs are all there will be. The lab's clock is
frozen and the engine waits on it, so an hour passes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from contracts.trait_key import trait_key_format
from mock_core.errors import BadControl, LabError
from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY, Lab
from scenarios.oracle import Difference, Oracle
from syncer import Engine, MemoryState, RunReport, Settings, Source, Sync, Target
from syncer.telling import Listener

COHORT_NAME, COHORT_ID = "Power Users", "7abc12de"
START = 1_767_603_600.0  # 2026-01-05T09:00:00Z
HOUR = 3600.0
# What happens on the way: before the first run, and before the second.
FAULTS: tuple[tuple[dict[str, Any], ...], ...] = (
    (
        {"fault": "status", "status": 429, "retry_after": 5},
        {"fault": "status", "status": 503, "match": {"skip": 2}},
    ),
    ({"fault": "lost-reply"},),
)


@dataclass(frozen=True, slots=True)
class Hour:
    """One run and what Segment made of what it was sent, duplicates and all."""

    export: str
    report: RunReport
    verdicts: dict[str, int]
    differences: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "export": self.export,
            "run": self.report.as_dict(),
            "verdicts": self.verdicts,
            "differences": [asdict(difference) for difference in self.differences],
        }


def exports() -> tuple[Path, Path]:
    """Return the two exports that come with cohortlab."""
    folder = Path(str(files("cohortlab").joinpath("exports")))
    return folder / "power_users-0900.csv", folder / "power_users-1000.csv"


def rehearse(
    paths: Sequence[Path], *, seed: int = 0, listeners: Iterable[Listener] = (), trait_key: str = "amplitude"
) -> Iterator[Hour]:
    """Sync export after export, an hour apart, and yield each hour as it is done."""
    datas = [path.read_bytes() for path in paths]
    with (
        MemoryState() as state,
        Lab(seed=seed, start=START) as lab,
        lab.serve() as address,
    ):
        lab.segment.put_source(WRITE_KEY, name="Amplitude Engage")
        lab.amplitude.create_cohort(COHORT_NAME, cohort_id=COHORT_ID)
        engine = Engine(state, clock=lab.clock, listeners=listeners)
        sync = Sync(
            COHORT_ID,
            Source(API_KEY, SECRET_KEY, address.amplitude),
            Target(WRITE_KEY, address.segment, "demo"),
            Settings(trait_key=trait_key),
        )
        oracle = Oracle()
        trait = trait_key_format(trait_key).format(COHORT_NAME, COHORT_ID)
        before: Counter[str] = Counter()
        for number, (path, data) in enumerate(zip(paths, datas, strict=True)):
            if number:
                lab.clock.advance(START + number * HOUR - lab.clock.now())
            _load(lab, path, data)
            for fault in FAULTS[number] if number < len(FAULTS) else ():
                lab.segment.workspace.arm(fault)
            report = engine.run(sync)
            oracle.synced(COHORT_ID, trait, (member.user_id for member in lab.amplitude.membership(COHORT_ID)))
            after = _verdicts(lab)
            profiles = {user_id: profile.traits for user_id, profile in lab.segment.profiles().items()}
            yield Hour(path.name, report, dict(after - before), tuple(oracle.differences(profiles)))
            before = after


def _load(lab: Lab, path: Path, data: bytes) -> None:
    try:
        lab.amplitude.import_csv(COHORT_ID, data)
    except LabError as error:
        raise BadControl(f"{path}: {error}") from error


def _verdicts(lab: Lab) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, _, verdict, _), events in lab.segment.tally().items():
        found[verdict] += events
    return found
