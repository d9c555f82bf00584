"""A definition that holds what nobody outside knows is not guessed at: each such place is named by its path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.definitions import read_definition, read_words, write_definition

PLAIN = 'performed "Order" at least 2 times in 30 days where tier is gold'


def with_clause(**changes: Any) -> dict[str, Any]:
    """Return a definition of one clause, changed."""
    data = write_definition(read_words(PLAIN))
    data["orClauses"][0][0]["orClauses"][0].update(changes)
    return data


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"type": "funnel"}, "type", "clause of type 'funnel' that the lab does not know"),
        ({"operator": "=>"}, "operator", "'=>'"),
        ({"operator_value": "2"}, "operator_value", "expected a number"),
        ({"time_type": "relative"}, "time_type", "'relative'"),
        ({"time_value": 0}, "time_value", "from 1 to 10000"),
        ({"time_value": 10**9}, "time_value", "from 1 to 10000"),
        ({"interval": 3}, "interval", "expected one of 1, 7, 30"),
        ({"offset": -1}, "offset", "from 0"),
        ({"group_by": ["tier"]}, "group_by", "not public"),
        ({"metric": "SUM"}, "metric", "not public"),
        ({"type_value": None}, "type_value", "not there, expected a text"),
        ({"event_props": [{"type": "a", "operator": "~", "values": ["b"]}]}, "event_props[0].operator", "'~'"),
        ({"event_props": [{"type": "a", "operator": "is", "values": []}]}, "event_props[0].values", "no value"),
        ({"event_props": [{"type": "a", "operator": "<", "values": ["b"]}]}, "event_props[0].values[0]", "a number"),
        ({"event_props": 3}, "event_props", "expected a list"),
    ],
)
def test_a_place_is_named_by_its_path(changes: dict[str, Any], path: str, words: str):
    """With what stands there, and what was expected."""
    definition, problems = read_definition(with_clause(**changes))

    assert definition is None
    assert [problem.path for problem in problems] == [f"orClauses[0][0].orClauses[0].{path}"]
    assert words in problems[0].words


def test_every_such_place_is_named():
    """Not the first alone."""
    data = write_definition(read_words(f"{PLAIN}, and active in 7 days"))
    for element in data["orClauses"][0]:
        element["orClauses"][0]["type"] = "propensity"

    _, problems = read_definition(data)

    assert [problem.path for problem in problems] == [
        "orClauses[0][0].orClauses[0].type",
        "orClauses[0][1].orClauses[0].type",
    ]


@pytest.mark.parametrize(
    ("envelope", "path"),
    [
        ({"countGroup": {"name": "company"}}, "countGroup.name"),
        ({"cohortType": "EVENTS"}, "cohortType"),
        ({"referenceFrameTimeParams": {"x": 1}}, "referenceFrameTimeParams"),
        ({"andClauses": [], "orClauses": []}, ""),
    ],
)
def test_an_envelope_that_means_something_else_is_named(envelope: dict[str, Any], path: str):
    """Groups of other things than users, and an empty definition."""
    definition, problems = read_definition({**write_definition(read_words(PLAIN)), **envelope})

    assert definition is None
    assert [problem.path for problem in problems] == [path]


def test_older_objects_without_the_newer_keys_are_read():
    """Those of 2023 have no `orClauses` and no `exclude_current_interval` (amplitude facts 2.2)."""
    data = write_definition(read_words(PLAIN))
    del data["orClauses"]
    del data["andClauses"][0]["orClauses"][0]["exclude_current_interval"]

    assert read_definition(data) == (read_words(PLAIN), [])


@pytest.mark.parametrize(
    ("chart", "cohort"),
    [("is", "="), ("is not", "!="), ("does not contain", "not contains"), ("less or equal", "<="), ("greater", ">")],
)
def test_the_words_of_charts_mean_those_of_cohorts(chart: str, cohort: str):
    """Both vocabularies are taken (amplitude facts 2.3 [doc])."""
    demand = {"type": "amount", "values": ["10"]}
    read = [read_definition(with_clause(event_props=[{**demand, "operator": each}])) for each in (chart, cohort)]

    assert read[0][0] is not None
    assert read[0] == read[1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["orClauses", "andClauses", "type", "time_type", "time_value", "negated", "values"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_told_of(data: Any):
    """Never with an error of its own."""
    definition, problems = read_definition(data)

    assert (definition is None) == bool(problems)


@given(st.sampled_from(["type", "time_value", "operator_value", "event_props", "offset", "metric", "type_value"]), JSON)
def test_any_value_of_a_key_is_read_or_told_of(key: str, value: Any):
    """A clause may hold anything."""
    definition, problems = read_definition(with_clause(**{key: value}))

    assert (definition is None) == bool(problems)
