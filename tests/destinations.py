"""Segment's own destinations, as `make node` installs them for the tests."""

from __future__ import annotations

from typing import Final

import pytest

from downstream.node import Installation, installed
from tests.repository import ROOT

FOLDER: Final = ROOT / "tests" / "downstream" / "node" / "installed"


def installation() -> Installation:
    """Return the installation; skips the test where Node or the package is missing."""
    found = installed(FOLDER)
    if found is None:
        pytest.skip("`make node` installs Segment's destinations, where there is npm")
    return found
