"""The wheel under test, built once for all processes of a run, and what lends an environment its distributions."""

from __future__ import annotations

import os
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tests.building.installing import built, metadata_of, needed


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of this run share, and no other run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def wheel(built_once: Path) -> Path:
    """The wheel that tox installed, or one of this checkout."""
    installed = os.environ.get("TOX_PACKAGE")
    return Path(installed) if installed else built("wheel", built_once / "wheel")


@pytest.fixture(scope="session")
def lent(wheel: Path) -> list[Distribution]:
    """What pip installs beside the wheel, with pytest and a build backend for the user's project."""
    return list(needed([*(metadata_of(wheel).requires or ()), "pytest", "hatchling"]).values())
