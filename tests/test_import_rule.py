"""The house: who may import whom, between rooms, between wings, and between modules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import House, circle, drawn_wings, reaching_in, upwards
from tests.repository import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROOMS: dict[str, set[str]] = {
    "contracts": set(),
    "mock_core": {"contracts"},
    "syncer": {"contracts"},
    "mock_segment": {"contracts", "mock_core"},
    "mock_amplitude": {"contracts", "mock_core"},
    "downstream": {"contracts", "mock_core", "mock_segment"},
    "recording": {"contracts", "mock_core", "mock_segment", "mock_amplitude"},
    "scenarios": {"contracts", "mock_core", "syncer", "mock_segment", "mock_amplitude", "downstream", "recording"},
    "console": {
        "contracts",
        "mock_core",
        "syncer",
        "mock_segment",
        "mock_amplitude",
        "downstream",
        "recording",
        "scenarios",
    },
    "cohortlab": {
        "contracts",
        "mock_core",
        "syncer",
        "mock_segment",
        "mock_amplitude",
        "downstream",
        "recording",
        "scenarios",
        "console",
    },
}
HOUSE = House(ROOT, ROOMS)
DRAWN = drawn_wings(PAGE)


def made_up(root: Path, modules: dict[str, str]) -> House:
    """Write a small tree of packages."""
    for name, text in modules.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for folder in path.relative_to(root).parents:
            if folder != Path() and not (root / folder / "__init__.py").exists():
                (root / folder / "__init__.py").write_text("", encoding="utf-8")
    return House(root, {"shop": ()})


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str):
    """As drawn in ARCHITECTURE.md, ground floor first; neighbours never import one another."""
    for each in HOUSE.all_imports():
        by, of = each.by.partition(".")[0], each.of.partition(".")[0]
        assert by != room or of in ROOMS[room] | {room}, f"{each.by}:{each.line} imports {each.of}"


def test_tests_find_the_repository_where_they_are_told():
    """They run in another place against the wheel: `tests/repository.py` knows both."""
    counts = re.compile(r"Path\(__file__\)(\.resolve\(\))?\.parent(s\[|\.parent)")
    counting = [path.name for path in (ROOT / "tests").rglob("*.py") if counts.search(path.read_text("utf-8"))]

    assert counting == ["repository.py"]


def test_no_import_is_relative():
    """An import says where a thing stands."""
    assert [module for module in HOUSE.files if "." in HOUSE.asked(module)] == []


def test_contracts_do_no_input_or_output():
    """The contracts open no file and no socket but for the schemas packed with them."""
    outside = {"requests", "socket", "sqlite3", "subprocess", "flask", "urllib3"}
    for module in HOUSE.files:
        strangers = HOUSE.asked(module) & outside
        assert not module.startswith("contracts") or not strangers, f"{module} imports {', '.join(sorted(strangers))}"


def test_no_modules_import_each_other_in_a_circle():
    """Not in functions and not for types alone either: whoever reads one of them would have to read all."""
    assert " -> ".join(circle(HOUSE)) == ""


def test_a_circle_is_found(tmp_path: Path):
    """Through a function and the face of a wing as well."""
    house = made_up(
        tmp_path,
        {
            "shop/till.py": "from shop.stock import Shelf\n",
            "shop/stock/__init__.py": "from shop.stock.shelf import Shelf\n",
            "shop/stock/shelf.py": "class Shelf:\n    def sell(self):\n        from shop import till\n",
        },
    )

    assert set(circle(house)) == {"shop.till", "shop.stock", "shop.stock.shelf"}


def test_nobody_reaches_into_a_wing():
    """A wing's face hands out what the rest of the house uses of it, so that its inner modules are its own matter."""
    assert reaching_in(HOUSE) == []


def test_reaching_in_is_found(tmp_path: Path):
    """By module and by name; a function that is called like its module is the wing's to hand out."""
    house = made_up(
        tmp_path,
        {
            "shop/till.py": "from shop.stock.shelf import Shelf\nfrom shop.stock import shelf, count\n",
            "shop/stock/__init__.py": "from shop.stock.count import count\n",
            "shop/stock/shelf.py": "from shop.stock.count import count\nclass Shelf: ...\n",
            "shop/stock/count.py": "def count(): ...\n",
        },
    )

    assert [line.partition(" ")[0] for line in reaching_in(house)] == ["shop.till:1", "shop.till:2"]


def test_every_package_is_drawn():
    """The drawing in ARCHITECTURE.md names each package of the house."""
    assert DRAWN.keys() == ROOMS.keys()


@pytest.mark.parametrize("package", DRAWN)
def test_a_wing_imports_only_lower_floors_of_its_package(package: str):
    """As drawn in ARCHITECTURE.md, where every wing and module of a package has its floor."""
    assert upwards(HOUSE, package, DRAWN[package]) == []


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        ({"shop/till.py": "", "shop/stock/shelf.py": "import shop.till\n"}, "which stands no floor below it"),
        ({"shop/till.py": "", "shop/stock/shelf.py": "", "shop/door.py": ""}, "does not draw shop/door"),
        ({"shop/till.py": ""}, "draws shop/stock, which is not there"),
        ({"shop/till.py": "from shop import name\n", "shop/stock/shelf.py": ""}, "the face of its own package"),
    ],
)
def test_an_import_upwards_is_found(modules: dict[str, str], told: str, tmp_path: Path):
    """And a drawing that is not what is built."""
    drawn = drawn_wings("## The wings\n\n```\nshop/\n  till\n  stock/\n```\n")
    (line,) = upwards(made_up(tmp_path, modules), "shop", drawn["shop"])

    assert told in line
