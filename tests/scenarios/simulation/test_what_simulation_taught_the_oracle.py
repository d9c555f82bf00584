"""Shrunk by simulation: correct runs that the oracle once accused."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import read_scenario, run_scenario, subject_maker

COMPLETED_UNDER_THE_OLD_NAME = """\
  - sync: {cohort: a, killed: {boundary: 20}}
  - rename: {cohort: a, to: New}
  - sync: a
"""
LEFT_AND_RENAMED_AFTER_A_KILL = """\
  - sync: {cohort: a, killed: {on: segment, calls: 1}}
  - leave: {cohort: a, users: [ada]}
  - rename: {cohort: a, to: New}
  - sync: a
"""
A_LEAVE_TOLD_BY_A_KILLED_SYNC = """\
  - sync: a
  - rename: {cohort: a, to: New}
  - leave: {cohort: a, users: [ada]}
  - sync: {cohort: a, killed: {on: segment, calls: 1}}
  - sync: b
  - sync: a
"""
IN_THE_WAY_OF_NINE_TRIES = """\
  - fault: {on: segment, fault: truncated-body, after: 5, match: {times: 9}}
  - sync: {cohort: a, fails: maybe}
  - rename: {cohort: a, to: New}
  - lift: segment
  - sync: a
"""


@pytest.mark.parametrize(
    "steps",
    [
        COMPLETED_UNDER_THE_OLD_NAME,
        LEFT_AND_RENAMED_AFTER_A_KILL,
        A_LEAVE_TOLD_BY_A_KILLED_SYNC,
        IN_THE_WAY_OF_NINE_TRIES,
    ],
)
def test_a_sync_completed_under_the_name_it_was_begun_with_is_not_accused(tmp_path: Path, steps: str):
    """What a killed or failed sync had begun to tell may be told under the older key, and then not again."""
    file = tmp_path / "x.cohort.yaml"
    file.write_text(f"scenario: X\ncohorts:\n  a: {{name: Old, members: [ada]}}\n  b: {{name: B}}\nsteps:\n{steps}")

    outcome = run_scenario(read_scenario(file), subject_maker())

    assert [check for check in outcome.checks if not check.held] == []
