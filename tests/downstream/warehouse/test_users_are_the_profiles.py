"""Whatever is told, in whatever order and by however many loads: `users` says what the profiles say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.trait_key import trait_key_format
from contracts.warehouse import column_name
from downstream.warehouse import warehouse_of
from scenarios.lab import Lab
from tests.downstream.warehouse.conftest import START, Desk
from tests.downstream.warehouse.postgres import Server
from tests.generating import EXAMPLES

FORMAT = trait_key_format("amplitude")
# No database keeps NUL, so that the book shows such a key without it.
NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=30).filter(
    lambda name: column_name(name).strip("_")
)
COHORTS = st.lists(NAMES, min_size=1, max_size=4, unique_by=column_name).map(
    lambda names: [FORMAT.format(name, f"id{place}") for place, name in enumerate(names)]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("tell"), st.integers(0, 3), st.dictionaries(st.integers(0, 3), st.sampled_from([True, False]))
        ),
        st.tuples(st.just("clear"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("again"), st.integers(0, 20), st.none()),
        st.tuples(st.just("wait"), st.sampled_from([60, 3600, 100_000]), st.none()),
        st.tuples(st.just("load"), st.none(), st.none()),
    ),
    max_size=12,
)


def _told(desk: Desk, cohorts: list[str], steps: list[Any]) -> None:
    sent: list[dict[str, Any]] = []
    for what, first, second in steps:
        if what == "wait":
            desk.lab.clock.advance(first)
        elif what == "load":
            desk.warehouse.load()
        elif what == "again" and sent:
            desk.send(sent[first % len(sent)])
        elif what in {"tell", "clear"}:
            values = second if what == "tell" else {second: None}
            traits = {cohorts[place % len(cohorts)]: value for place, value in values.items()}
            event = {"type": "identify", "userId": f"user {first}", "messageId": f"m{len(sent)}", "traits": traits}
            sent.append(event)
            desk.send(event)


def _compared(desk: Desk, cohorts: list[str]) -> None:
    profiles = desk.lab.segment.profiles()
    warehouse = desk.warehouse
    warehouse.load()
    columns = {each["trait_key"]: each["column_name"] for each in warehouse.columns() if each["table_name"] == "users"}
    found: dict[str, dict[str, Any]] = {}
    if profiles:
        found = {str(row["id"]): row for row in warehouse.rows("SELECT * FROM web.users")}
    assert found.keys() == profiles.keys()
    for user, profile in profiles.items():
        said = {key: found[user][columns[key]] for key in cohorts if key in columns}
        assert {key: value for key, value in said.items() if value is not None} == profile.traits, json.dumps(
            steps_of(desk)
        )


def steps_of(desk: Desk) -> list[Any]:
    """Return what was delivered, for a failure."""
    return [event.raw for event in desk.lab.segment.delivered()]


@settings(max_examples=15 * EXAMPLES, deadline=None)
@given(cohorts=COHORTS, steps=STEPS)
def test_in_duckdb(cohorts: list[str], steps: list[Any]):
    """For every user and every cohort whose names share no column."""
    with Lab(start=START) as lab:
        desk = Desk(lab)
        warehouse_of(lab.segment).configure(loads="hourly")
        _told(desk, cohorts, steps)
        _compared(desk, cohorts)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_in_postgresql(postgres: Server, number: int):
    """The same, in some histories."""
    cohorts = [FORMAT.format(name, f"id{place}") for place, name in enumerate(["Power Users", "2024 buyers", "Ünïts"])]
    steps = [
        ("tell", 0, {0: True, 1: number > 1}),
        ("load", None, None),
        ("clear", 0, 0),
        ("tell", number, {0: False, 2: True}),
        ("wait", 100_000, None),
        ("again", 0, None),
        ("tell", 3, {}),
    ]
    with Lab(start=START, warehouse=postgres.database()) as lab:
        desk = Desk(lab)
        _told(desk, cohorts, steps)
        _compared(desk, cohorts)
