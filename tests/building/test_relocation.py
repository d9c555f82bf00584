"""Relocation: what names a module that moves says its new path, and nothing else changes."""

from __future__ import annotations

import ast
import keyword
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from building.relocation import Move, Unmovable

FILES = ["house/__init__.py", "house/cli.py", "rooms/__init__.py", "rooms/door.py", "rooms/wing/__init__.py", "lone.py"]
MOVE = Move.below("house", map(PurePosixPath, FILES))


def test_only_what_lies_elsewhere_moves():
    """The package that takes them in keeps its own paths."""
    assert MOVE.modules == {"rooms", "rooms.door", "rooms.wing", "lone"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from rooms import door", "from house.rooms import door"),
        ("from rooms.wing import (  # why\n    a,\n)", "from house.rooms.wing import (  # why\n    a,\n)"),
        ("from  \\\n  rooms import a", "from  \\\n  house.rooms import a"),
        ("if x:\n\tfrom rooms import a; y = 1", "if x:\n\tfrom house.rooms import a; y = 1"),
        ("import rooms", "from house import rooms"),
        ("import rooms.door", "import house.rooms.door; from house import rooms"),
        ("import rooms.door as d  # why", "import house.rooms.door as d  # why"),
        ("import os, rooms, re as r", "import os; from house import rooms; import re as r"),
        ("é = 'ü'; from rooms import a", "é = 'ü'; from house.rooms import a"),
        ('homes = {"Door": "rooms.door"}', 'homes = {"Door": "house.rooms.door"}'),
        ("x = r'''rooms.door'''", "x = r'''house.rooms.door'''"),
        ('x = ("rooms."\n     "door")', 'x = ("house.rooms."\n     "door")'),
        ('files("rooms")', 'files("house.rooms")'),
        ('importlib.import_module("rooms.door")', 'importlib.import_module("house.rooms.door")'),
        ("x = 'import os; from rooms.door import a; a()'", "x = 'import os; from house.rooms.door import a; a()'"),
        ('x = f"""\nfrom rooms import a\na({b})"""', 'x = f"""\nfrom house.rooms import a\na({b})"""'),
        ('import_module(f"rooms.{name}")', 'import_module(f"house.rooms.{name}")'),
        ('monkeypatch.setattr("rooms.door.width", 1)', 'monkeypatch.setattr("house.rooms.door.width", 1)'),
    ],
)
def test_what_names_a_module_that_moves_is_rewritten(before: str, after: str):
    """Imports of every form, and strings that are a module's path or are handed to what takes one."""
    assert MOVE.text(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "from . import door",
        "from .rooms import a",
        "from house.cli import main",
        "import roomsy",
        'x = {"rooms": 1, "rooms.window": 2}',
        '"""rooms.door does this."""',
        "x = f'{rooms}rooms.door' f'rooms.{door}'",
        'import_module(f"{rooms}.door")',
        "x = rooms.door  # from rooms import door",
        'print("rooms")',
        'setattr(rooms, "door", 1)',
        "x = b'rooms.door'",
        "x = 'from rooms that import doors, or from house.rooms import a'",
    ],
)
def test_everything_else_stays_to_the_letter(text: str):
    """Relative imports, words, comments, attributes, bytes, and packages whose names only begin alike."""
    assert MOVE.text(text) == text


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_stay_as_they_are(ending: str):
    """A file that was checked out with other line ends is moved as well."""
    assert MOVE.text(f"x = 1{ending}from rooms import a{ending}") == f"x = 1{ending}from house.rooms import a{ending}"


def test_a_path_from_before_the_move_is_refused_with_its_place():
    """Rather than a wheel that breaks at a user's: here the package that takes the others in is to move itself."""
    with pytest.raises(Unmovable, match=r"^rooms/door\.py:2: "):
        Move("rooms", frozenset({"rooms"})).text("x = 1\nfrom rooms import a\n", "rooms/door.py")


NAMES = st.from_regex(r"[a-zé][a-z_0-9]{0,6}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), NAMES, st.data())
def test_whatever_the_packages_are_called(packages: list[str], into: str, data: st.DataObject):
    """The same names are bound, to modules of the same paths below the one; a second move changes nothing."""
    packages = [name for name in packages if name != into]
    move = Move.below(into, [PurePosixPath(name, "__init__.py") for name in packages])
    named = data.draw(st.lists(st.sampled_from([*packages, "os", "json"]), max_size=6))
    source = "".join(f"from {name} import a as a{number}\n" for number, name in enumerate(named))

    moved = move.text(source)

    found = [node.module for node in ast.parse(moved).body if isinstance(node, ast.ImportFrom)]
    assert found == [f"{into}.{name}" if name in packages else name for name in named]
    assert move.text(moved) == moved
