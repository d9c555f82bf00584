"""The house: a room imports the rooms below it and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {
    "contracts": set(),
    "mock_core": {"contracts"},
    "syncer": {"contracts"},
    "mock_segment": {"contracts", "mock_core"},
    "mock_amplitude": {"contracts", "mock_core"},
    "scenarios": {"contracts", "mock_core", "syncer", "mock_segment", "mock_amplitude"},
    "cohortlab": {"contracts", "mock_core", "syncer", "mock_segment", "mock_amplitude", "scenarios"},
}


def imported(path: Path) -> set[str]:
    """Return the top-level names a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import; say the room's name"
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str):
    """As drawn in ARCHITECTURE.md, ground floor first; neighbours never import one another."""
    for path in sorted((ROOT / room).rglob("*.py")):
        strangers = (imported(path) & ROOMS.keys()) - ROOMS[room] - {room}
        assert not strangers, f"{path.relative_to(ROOT)} imports {', '.join(sorted(strangers))}"


def test_contracts_do_no_input_or_output():
    """The contracts open no file and no socket but for the schemas packed with them."""
    for path in sorted((ROOT / "contracts").rglob("*.py")):
        strangers = imported(path) & {"requests", "socket", "sqlite3", "subprocess", "flask", "urllib3"}
        assert not strangers, f"{path.relative_to(ROOT)} imports {', '.join(sorted(strangers))}"
