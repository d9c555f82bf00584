"""Every query of docs/warehouse.md is run against tables that the lab loaded, and answers what it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import jinja2
import pytest
import yaml

from downstream.warehouse import Warehouse, warehouse_of
from scenarios.lab import SEGMENT_URL, Lab
from tests.repository import ROOT

pytest_plugins = "pytester"

MONDAY: Final = 1_767_603_600.0  # 2026-01-05T09:00:00Z
DAY: Final = 86_400.0
POWER, SUPER, TRIAL = "Power Users (abc123)", "Super Users (abc123)", "Trial Users (def456)"
HISTORY: Final[list[tuple[float, str, str, bool]]] = [
    *((0, user, POWER, True) for user in ("ada", "edsger", "grace")),
    (0, "grace", TRIAL, True),
    (0, "tony", TRIAL, True),
    (1, "grace", POWER, False),
    (1, "barbara", POWER, True),
    (2, "grace", POWER, True),
    (2, "edsger", POWER, True),  # told again, under another messageId
    (7, "ada", SUPER, True),
    (7, "grace", SUPER, True),
    (7, "edsger", SUPER, False),
]
_BLOCK: Final = re.compile(
    r"^### (?P<question>[^\n]+)$(?:(?!^#).)*?^```sql\n(?P<sql>.*?)^```", re.MULTILINE | re.DOTALL
)


def _at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, day, hour)  # noqa: DTZ001 - tables hold UTC without a zone


ANSWERS: Final[dict[str, list[tuple[Any, ...]]]] = {
    "Who is a member now?": [("ada",), ("barbara",), ("edsger",), ("grace",)],
    "Who is in both cohorts, and who in one?": [(1, 3, 1)],
    "Who was a member at a time?": [("ada",), ("barbara",), ("edsger",)],
    "How many came and went each day?": [
        (date(2026, 1, 5), 3, 0),
        (date(2026, 1, 6), 1, 1),
        (date(2026, 1, 7), 1, 0),
    ],
    "How large was the cohort at the end of each day?": [
        (date(2026, 1, 5), 3),
        (date(2026, 1, 6), 3),
        (date(2026, 1, 7), 4),
    ],
    "Who entered this week, and was it for the first time?": [
        ("ada", _at(5), True),
        ("edsger", _at(5), True),
        ("grace", _at(5), True),
        ("barbara", _at(6), True),
        ("grace", _at(7), False),
    ],
    "How long did those who left stay?": [("grace", 1)],
    "Which columns does a cohort have?": [("power_users_abc123",), ("super_users_abc123",)],
    "Which column of a cohort is stale?": [(_at(7), _at(12))],
    "For whom does the old column say what is no longer so?": [("barbara", None), ("edsger", False)],
    "Who was told the same thing twice?": [("edsger", 1)],
    "Do `users` and `identifies` say the same?": [],
}


def _plain(value: Any) -> Any:
    """Return a moment without its zone, which PostgreSQL says and DuckDB does not."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def questions() -> dict[str, str]:
    """Return the queries of the page by the question above them."""
    page = (ROOT / "docs/warehouse.md").read_text(encoding="utf-8")
    return {found["question"]: found["sql"] for found in _BLOCK.finditer(page)}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """Load two weeks of a cohort, day by day, into each engine."""
    into = "duckdb::memory:" if request.param == "duckdb" else request.getfixturevalue("postgres").database()
    with Lab(start=MONDAY, warehouse=into) as lab:
        lab.segment.put_source("page", name="Web")
        session = lab.session()
        for number, (day, user, trait, is_member) in enumerate(HISTORY):
            lab.clock.advance(MONDAY + day * DAY - lab.clock.now())
            event = {"type": "identify", "userId": user, "messageId": f"m{number:02}", "traits": {trait: is_member}}
            session.post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": "page", "batch": [event]})
        kept = warehouse_of(lab.segment)
        kept.load()
        yield kept


def test_every_query_of_the_page_has_its_answer_here() -> None:
    """No query is left untried, and none of these answers is of a question that is gone."""
    page = (ROOT / "docs/warehouse.md").read_text(encoding="utf-8")

    assert questions().keys() == ANSWERS.keys()
    assert page.count("```sql") == len(ANSWERS)


@pytest.mark.parametrize("question", ANSWERS)
def test_a_query_answers_its_question(warehouse: Warehouse, question: str) -> None:
    """Run as it stands on the page."""
    found = warehouse.query(questions()[question])[1]

    assert [tuple(map(_plain, row)) for row in found] == ANSWERS[question]


def test_who_was_never_told_is_not_false(warehouse: Warehouse) -> None:
    """The page's warning: a user who was never a member has null, and NOT does not find them."""
    assert warehouse.query("SELECT id FROM web.users WHERE NOT power_users_abc123")[1] == []
    assert warehouse.query("SELECT id FROM web.users WHERE power_users_abc123 IS NULL")[1] == [("tony",)]


def test_the_models_of_the_dbt_example_find_changes_members_and_days(warehouse: Warehouse) -> None:
    """Rendered as dbt renders them, and asked one within the other; dbt itself is too much to install for that."""
    folder = ROOT / "examples/dbt"
    project = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))["vars"] | {
        "source_schema": "web"
    }

    def model(name: str) -> str:
        text = (folder / f"models/{name}.sql").read_text(encoding="utf-8")
        known = {
            "var": project.__getitem__,
            "source": lambda _, table: f"web.{table}",
            "ref": lambda of: f"({model(of)})",
        }
        return jinja2.Template(text).render(known)

    def rows(name: str, order: str) -> list[tuple[Any, ...]]:
        return [
            tuple(map(_plain, row))
            for row in warehouse.query(f"SELECT * FROM ({model(name)}) AS m ORDER BY {order}")[1]
        ]

    assert [(user, told) for _, user, _, told in rows("cohort_changes", "received_at, id")] == [
        *(("ada", True), ("edsger", True), ("grace", True)),
        *(("grace", False), ("barbara", True), ("grace", True)),
    ]
    since = {"ada": _at(5), "barbara": _at(6), "edsger": _at(5), "grace": _at(7)}
    assert rows("cohort_members", "user_id") == list(since.items())
    assert [row[1:] for row in rows("cohort_days", "day")] == [(3, 0, 3), (1, 1, 3), (1, 0, 4)]


def test_its_test_passes(pytester: pytest.Pytester):
    """The example of a test is one."""
    page = (ROOT / "docs/warehouse.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(def test_.*?)^```", page, re.MULTILINE | re.DOTALL)
    pytester.makepyfile(example)

    pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:xdist", "-q").assert_outcomes(passed=1)
