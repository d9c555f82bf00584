"""What the page of computed cohorts shows is run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.definitions import in_words, read_words
from scenarios import read_scenario, run_scenario, subject_maker
from tests.repository import ROOT

PAGE = (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| to say | words |")[2].partition("\n\n")[0]
WHOLE = [
    each
    for each in re.findall(r"`([^`]+)`", TABLE)
    if re.match(r"(performed|ever|last|new|active|did _|in cohort)", each)
]
WHEN = [
    "in 30 days",
    "in 4 full weeks",
    "in 6 hours",
    "since 2026-01-01",
    "from 2026-01-01 to 2026-01-31",
    "shifted back 8 days",
]


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_snippet_runs():
    """As it is."""
    exec(compile(block("python"), "cohorts.md", "exec"), {})


def test_the_scenario_holds(tmp_path: Path):
    """With our engine."""
    path = tmp_path / "page.cohort.yaml"
    path.write_text(block("yaml"), encoding="utf-8")

    assert run_scenario(read_scenario(path), subject_maker()).unmet == ()


@pytest.mark.parametrize("said", WHOLE)
def test_the_words_of_the_table_are_read(said: str):
    """And said back so."""
    assert read_words(in_words(read_words(said))) == read_words(said)


@pytest.mark.parametrize("when", WHEN)
def test_the_windows_of_the_table_are_read(when: str):
    """Each is in it."""
    assert f"`{when}`" in TABLE
    assert in_words(read_words(f"active {when}")) == f"active {when}"
