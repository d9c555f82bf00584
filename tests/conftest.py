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
# tox takes them on the oldest Python only (-m "not once" on the others), so that CI keeps to its time.
ONCE: Final = (
    "building",
    "clients",
    "cohortlab/fidelity",
    "cohortlab/live",
    "cohortlab/serving",
    "cohortlab/test_check_says_what_a_filter_does.py",
    "cohortlab/test_destinations.py",
    "cohortlab/test_forecast.py",
    "cohortlab/test_load.py",
    "cohortlab/test_new_writes_a_program.py",
    "cohortlab/test_pages_come_along.py",
    "cohortlab/test_the_ci_page_is_true.py",
    "cohortlab/test_the_skill_page_is_true.py",
    "console",
    "contracts/evolution",
    "contracts/fql",
    "contracts/publishing",
    "contracts/warehouse",
    "downstream",
    "mock_amplitude/sdks",
    "mock_amplitude/test_the_page_is_current.py",
    "mock_segment/sdks",
    "mock_segment/test_the_page_is_current.py",
    "recording",
    "recording/proxy",
    "scenarios/forecast",
    "scenarios/keeping",
    "scenarios/mutants",
    "scenarios/portal",
    "scenarios/recordings",
    "scenarios/reports",
    "scenarios/simulation",
    "syncer/run/test_sigkill.py",
    "test_import_rule.py",
    "test_map.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that one Python is enough for."""
    places = [Path(__file__).parent / place for place in ONCE]
    for item in items:
        if any(item.path.is_relative_to(place) for place in places):
            item.add_marker(pytest.mark.once)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a run remembers for `--last-failed` is not the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
