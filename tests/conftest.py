"""What every test shares: hypothesis without deadlines, so that a busy machine fails nothing; garbage left lying."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("lab", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("lab")
gc.set_threshold(100_000, 20, 20)  # as the command line has it: looking for cycles that are not there takes time


# Long, and the same on every Python: other people's programs, projects of users, planted bugs, pages run as written.
# tox takes them on the oldest Python only (`not once` on the others), so that CI keeps to its time.
ONCE: Final = (
    "building",
    "clients",
    "cohortlab/fidelity",
    "cohortlab/live",
    "cohortlab/pytest_plugin",
    "cohortlab/serving",
    "cohortlab/test_check_says_what_a_filter_does.py",
    "cohortlab/test_destinations.py",
    "cohortlab/test_files_are_taken_for_what_they_are.py",
    "cohortlab/test_forecast.py",
    "cohortlab/test_foreign_text_does_nothing.py",
    "cohortlab/test_load.py",
    "cohortlab/test_new_writes_a_program.py",
    "cohortlab/test_pages_come_along.py",
    "cohortlab/test_the_ci_page_is_true.py",
    "cohortlab/test_the_skill_page_is_true.py",
    "cohortlab/test_up.py",
    "console",
    "contracts/evolution",
    "contracts/fql",
    "contracts/publishing",
    "contracts/warehouse",
    "downstream",
    "mock_amplitude/routes/test_the_openapi_documents_are_true.py",
    "mock_amplitude/sdks",
    "mock_amplitude/test_the_page_is_current.py",
    "mock_core/salvage",
    "mock_segment/routes/test_the_openapi_documents_are_true.py",
    "mock_segment/sdks",
    "mock_segment/test_the_page_is_current.py",
    "recording",
    "scenarios/campaigns",
    "scenarios/forecast",
    "scenarios/keeping",
    "scenarios/mutants",
    "scenarios/portal",
    "scenarios/recordings",
    "scenarios/reports",
    "scenarios/salvaging",
    "scenarios/simulation",
    "scenarios/test_journals_of_anybody.py",
    "scenarios/verdict/test_a_warehouse_is_looked_into.py",
    "syncer/run/test_sigkill.py",
    "test_import_rule.py",
    "test_map.py",
)


# Where a Python between the oldest and the newest could differ from both: the pure core, what is nearest the system.
EVERY: Final = ("contracts", "mock_core", "cohortlab", "syncer/snapshots", "syncer/state", "syncer/wire")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that one Python is enough for, and those that the two ends are enough for."""
    tests = Path(__file__).parent
    for item in items:
        if any(item.path.is_relative_to(tests / place) for place in ONCE):
            item.add_marker(pytest.mark.once)
        if not any(item.path.is_relative_to(tests / place) for place in EVERY):
            item.add_marker(pytest.mark.ends)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a run remembers for `--last-failed` is not the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
