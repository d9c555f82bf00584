"""One Node process for the tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from downstream.node import NodeProcess
from tests.destinations import installation


@pytest.fixture(scope="session")
def node() -> Iterator[NodeProcess]:
    """Return the process that runs destinations."""
    with NodeProcess(installation()) as process:
        yield process
