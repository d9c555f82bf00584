"""A load that is killed at any of its steps loses nothing and doubles nothing."""

from __future__ import annotations

import subprocess
import sys

from downstream.warehouse import target_of
from scenarios.lab import Lab
from tests.downstream.warehouse.conftest import START, Desk
from tests.repository import SUITE

STEPS = ("ddl", "append", "users", "columns", "book", "mark")


def test_killed_at_every_step(tmp_path, into):
    """Each load is killed one step later than the one before, in both engines; in the end every row is there once."""
    folder = tmp_path / "lab"
    with Lab(start=START, folder=folder) as lab:
        desk = Desk(lab)
        for number in range(12):
            desk.identify(f"user-{number % 5}", **{f"cohort {number % 3}": number % 2 == 0, "n": number})
        profiles = lab.segment.profiles()

    program = [sys.executable, "-m", "tests.downstream.warehouse.killed", str(folder / "segment.db"), into]
    done = subprocess.run(program, check=True, capture_output=True, text=True, cwd=SUITE, timeout=100)

    assert int(done.stdout) > len(STEPS)
    target = target_of(into)
    assert target.query("SELECT count(*), count(DISTINCT id) FROM web.identifies")[1] == [(12, 12)]
    names, rows = target.query("SELECT id, cohort_0, cohort_1, cohort_2, n FROM web.users ORDER BY id")
    said = [{name.replace("_", " "): value for name, value in zip(names, row, strict=True)} for row in rows]
    told = [{key: value for key, value in each.items() if key != "id" and value is not None} for each in said]
    assert told == [profiles[each["id"]].traits for each in said]
    assert len(said) == len(profiles)
    target.close()
