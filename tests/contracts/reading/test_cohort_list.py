"""Lists of cohorts, however they come; what is none is told in words."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadInput
from contracts.reading import CohortList, Listed
from contracts.trait_key import TraitKey, trait_key_format


def listed(text: str | bytes) -> list[Listed]:
    """Read a list as it stands in a file."""
    data = text.encode() if isinstance(text, str) else text
    return list(CohortList(trait_key_format()).read(data, "list"))


def cohorts(text: str | bytes) -> list[tuple[str, str]]:
    """Return names and ids of a list."""
    return [(each.cohort.name, each.cohort.cohort_id) for each in listed(text)]


@pytest.mark.parametrize(
    "text",
    [
        '{"cohorts": [{"id": "a1", "name": "Power, Users", "size": 3}, {"id": "b2", "name": "Trial"}]}',
        '[{"cohort_id": "a1", "cohort_name": "Power, Users"}, {"id": "b2", "name": "Trial"}]',
        '{"id": "a1", "name": "Power, Users"}\n{"cohort": {"id": "b2", "name": "Trial"}}\n',
        '\ufeffid,name\na1,"Power, Users"\nb2,Trial\n',
        'Name,"ID",size\n"Power, Users",a1,3\r\nTrial,b2,4\r\n',
        "name;id\nPower, Users;a1\n\nTrial;b2\n",
        "id\tname\na1\tPower, Users\nb2\tTrial",
    ],
)
def test_a_list_is_read_as_json_and_as_a_table(text: str) -> None:
    """Amplitude's answer, arrays, lines of JSON, and tables with a header say the same."""
    assert cohorts(text) == [("Power, Users", "a1"), ("Trial", "b2")]


def test_lines_are_names_or_trait_keys() -> None:
    """A trait key has its id, in any published spelling; a name gets one that differs at its end only."""
    text = "Power Users (abc123)\n[Amplitude] Trial: def456\n[Amplitude] Gone (a1b2c3)\n\nBuyers (EU)\nBuyers (EU)\n"

    assert cohorts(text) == [
        ("Power Users", "abc123"),
        ("Trial", "def456"),
        ("Gone", "a1b2c3"),
        ("Buyers (EU)", "x0000001"),
        ("Buyers (EU)", "x0000002"),
    ]


def test_a_place_in_json_is_the_names() -> None:
    """Line, column and pointer lead to the name."""
    (each,) = listed('{"cohorts": [\n  {"id": "a1",\n   "name": "Power"}]}')

    assert (each.line, each.column, each.pointer) == (3, 4, "/cohorts/0/name")


def test_exports_say_their_cohorts_by_name() -> None:
    """By a name, a trait key, the ids that Amplitude gives its files; two times of one cohort are one."""
    timed = ("power_users-0900", "power_users-1000", "buyers-2024", "late-2026-11-23")
    names = (*timed, "Trial (abc123)", "Sf7M9j_26umsb5")
    files = {name: f"{name}.csv" for name in names}
    found = CohortList(trait_key_format()).of_exports(files, {"26umsb5": "Gone"})

    assert [each.cohort.name for each in found] == ["power_users", "buyers-2024", "late", "Trial", "Gone"]
    with pytest.raises(BadInput, match="whose name it does not say"):
        list(CohortList(trait_key_format()).of_exports({"Sf7M9j_26umsb5": "f.csv"}, {}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"rules": []}', "expected cohorts"),
        ('{"cohorts": [{"id": "a1"}]}', "has nothing for its name|null for its name"),
        ('{"cohorts": [{"name": "Power"}]}', "for its id"),
        ('{"cohorts": [', "expected JSON"),
        ("id,name\na1\n", "1 fields instead of 2"),
        ("id,name\n,Power\n", "needs a name and an id"),
        (b"\xff\xfeid", "not UTF-8"),
        (b"a\0b", "NUL"),
    ],
)
def test_what_is_no_list_is_told(text: str | bytes, words: str) -> None:
    """One sentence with the file, the place and what was expected."""
    with pytest.raises(BadInput, match=words):
        listed(text)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    """Nothing but `BadInput` comes of a file, whatever it holds."""
    with suppress(BadInput):
        assert all(each.cohort.name for each in listed(data))


_words = st.text(min_size=1, max_size=9)


@given(st.lists(st.builds(TraitKey, _words, _words), min_size=1, max_size=5))
def test_a_list_in_json_is_read_to_the_letter(given_: list[TraitKey]) -> None:
    """Names and ids come back as they were written."""
    rows = [{"id": each.cohort_id, "name": each.name} for each in given_]

    assert [each.cohort for each in listed(json.dumps({"cohorts": rows}))] == given_
