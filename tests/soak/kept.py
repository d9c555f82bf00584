"""The whole library, run with our engine, recorded, kept and run again: the same profiles and verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import read_scenario, shipped
from tests.scenarios.keeping.test_a_kept_run_is_the_run_it_was import assert_kept_gives_the_same

PATHS = [path for path in shipped() if not (scenario := read_scenario(path)).needs and scenario.warehouse is None]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.removesuffix(".cohort.yaml"))
def test_a_scenario_is_kept(path: Path, tmp_path: Path):
    """With the calls that were recorded, and with our engine facing the same."""
    assert_kept_gives_the_same(path, tmp_path)
