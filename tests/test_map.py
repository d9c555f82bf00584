"""The map is true: what the pages for contributors name is there."""

from __future__ import annotations

import re

import pytest

from tests.repository import ROOT

ROOMS = (
    "contracts",
    "mock_core",
    "mock_segment",
    "mock_amplitude",
    "syncer",
    "downstream",
    "recording",
    "scenarios",
    "cohortlab",
)
ENDINGS = (".py", ".md", ".json", ".toml", ".yaml", ".ini", ".csv", "/")


def paths_named(text: str) -> list[str]:
    """Return what stands between back ticks, or as the address of a link, and is a path in this repository."""
    words = re.findall(r"`([^`\s]+)`|\]\(([^)#\s:]+)\)", text)
    return [word for pair in words for word in pair if word.endswith(ENDINGS) and not word.startswith(("/", "<"))]


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_a_page_names_exists(page: str):
    """In the repository; a bare file name is one that both fakes, or a wing, have."""
    missing = []
    for path in paths_named((ROOT / page).read_text(encoding="utf-8")):
        fakes = all((ROOT / fake / path).exists() for fake in ("mock_segment", "mock_amplitude"))
        if "<" not in path and path != "__init__.py" and not fakes and not (ROOT / path).exists():
            missing.append(path)

    assert missing == []


def test_a_path_that_is_not_there_is_found():
    """In back ticks and in links, not what is code."""
    assert paths_named("`a/b.py` [x](docs/y.md) `Fake.serve` `c/`") == ["a/b.py", "docs/y.md", "c/"]


@pytest.mark.parametrize("room", ROOMS)
def test_tests_stand_where_what_they_test_stands(room: str):
    """Every folder of tests below a room is a wing of it, or holds programs that nobody here wrote."""
    folders = {path.name for path in (ROOT / "tests" / room).iterdir() if path.is_dir() and path.name[0] not in "._"}
    wings = {path.name for path in (ROOT / room).iterdir() if path.is_dir()}
    assert folders - wings - {"sdks", "pytest_plugin"} == set()
