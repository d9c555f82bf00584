from __future__ import annotations

from importlib.resources import files

import pytest

ROOMS = ("contracts", "mock_core", "mock_segment", "mock_amplitude", "syncer", "scenarios", "cohortlab")


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_ships_its_types(room: str):
    """Users' type checkers see ours."""
    assert files(room).joinpath("py.typed").is_file()


@pytest.mark.parametrize(
    ("room", "path"),
    [
        ("contracts", "schemas/identify.schema.json"),
        ("scenarios", "files/scenario.schema.json"),
        ("scenarios", "library/first-sync.cohort.yaml"),
        ("cohortlab", "exports/power_users-0900.csv"),
    ],
)
def test_what_the_code_reads_ships_with_it(room: str, path: str):
    """An installed copy has its schemas, scenarios and exports."""
    assert files(room).joinpath(path).is_file()
