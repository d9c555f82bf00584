"""The pytest plugin: a fresh lab for each test, failures that name the nearest thing there is, scenarios as tests.

pytest loads this module in every project that has cohortlab installed, so it imports nothing but pytest; the lab
comes with the first test that asks for one.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cohortlab.testing import Lab

LABS: pytest.StashKey[list[Any]] = pytest.StashKey()  # of a test, in the order it asked for them
# pytest takes what comes before the first colon for the mark, so the time has none.
MARK = "lab(seed=0, start='2026-01-05T09Z'): the seed and the first moment of this test's lab."


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Both fakes, fresh for this test, in this process; the clock stands still until the test moves it."""
    yield from _lab(request, served=False)


@pytest.fixture
def lab_served(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Both fakes, fresh for this test, on real sockets, for any client; the clock runs."""
    yield from _lab(request, served=True)


def _lab(request: pytest.FixtureRequest, *, served: bool) -> Iterator[Lab]:
    from cohortlab.testing import Lab  # noqa: PLC0415 - the lab is loaded when a test asks for it

    given: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("lab"))):  # the module's, the class's, the test's own
        if mark.args or set(mark.kwargs) - {"seed", "start"}:
            raise pytest.UsageError(f"{request.node.nodeid}: the mark takes a seed and a start: @pytest.mark.{MARK}")
        given |= mark.kwargs
    try:
        lab = Lab(served=served, **given)
    except ValueError as error:
        raise pytest.UsageError(f"{request.node.nodeid}: {error}") from error
    with lab:
        request.node.stash.setdefault(LABS, []).append(lab)
        yield lab


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what its labs saw with a test that failed."""
    report = yield
    if report.when == "call" and report.failed:
        report.sections += [("what the lab saw", _seen_by(lab)) for lab in item.stash.get(LABS, ())]
    return report


def _seen_by(lab: Lab) -> str:
    from cohortlab.testing import what_it_saw  # noqa: PLC0415 - only for what failed

    try:
        return what_it_saw(lab)
    except Exception as error:  # the test may have closed it, or broken it: its own failure is what is to be told
        return f"It does not tell: {error}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for scenario files."""
    group = parser.getgroup("cohortlab")
    group.addoption(
        "--cohort-subject", metavar="COMMAND", help="judge this sync program by the *.cohort.yaml files, not our engine"
    )
    group.addoption(
        "--cohort-timeout",
        type=float,
        metavar="SECONDS",
        help="how long it may take for one sync; 60 unless given",
    )
    group.addoption(
        "--cohort-slow", action="store_true", help="take it through scenarios that need minutes of waiting, too"
    )
    parser.addini("cohort_subject", "command of the sync program that *.cohort.yaml files judge", default="")
    parser.addini("cohort_files", "collect *.cohort.yaml files as tests", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", MARK)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take scenario files as tests."""
    if not file_path.name.endswith(".cohort.yaml") or not parent.config.getini("cohort_files"):
        return None
    from cohortlab.scenario_files import ScenarioFile  # noqa: PLC0415 - only where there are such files

    return ScenarioFile.from_parent(parent, path=file_path)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain a comparison of traits or profiles that failed."""
    told = sys.modules.get("cohortlab.testing.told")  # not loaded: there is nothing of ours to compare
    return told.explain(op, left, right) if told else None
