"""The rows of the table against the headline counts (destination facts 1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from downstream.table import Row, table, table_version

ACTING = [row for row in table().values() if row.acts]


def _split(is_one: Callable[[Row], object]) -> tuple[int, int]:
    """Count by automatic preset, and by an action that has to be added."""
    found = [row for row in ACTING if is_one(row)]
    return sum(row.by == "preset" for row in found), sum(row.by == "added" for row in found)


def test_all_that_load_have_a_row() -> None:
    """216 folders load; 134 have a subscription that an identify meets, 6 of them without code for it."""
    assert (len(table()), table_version()) == (216, "3.497.0")
    assert _split(lambda _: True) == (70, 58)
    assert sum(row.by == "absent" for row in table().values()) == 6


def test_where_the_trait_arrives() -> None:
    """52 from the plain identify, 6 with an email, one with a name, three with a field filled in by hand."""
    with_email = [row.slug for row in ACTING if row.arrives and tuple(row.needs) == ("email",)]

    assert _split(lambda row: row.arrives and not row.needs and not row.fill) == (37, 15)
    assert with_email == ["collab-travel-crm", "koala", "outfunnel", "saleswings", "usermaven", "usermotion"]
    assert [row.slug for row in ACTING if row.arrives and tuple(row.needs) == ("name",)] == ["hyperengage"]
    assert [row.slug for row in ACTING if row.arrives and row.fill] == ["aws-kinesis", "kafka", "sftp"]


def test_where_it_does_not() -> None:
    """35 send something without it, 31 nothing; of these GWEN is sent to for a UUID as user id, which is set aside."""
    without_gwen = [row for row in ACTING if row.slug != "gwen"]

    assert sum(row.arrives is False for row in without_gwen) == 35
    assert sum(row.arrives is None for row in without_gwen) == 30
    assert sum(row.wants_audience for row in ACTING) == 24


@pytest.mark.parametrize(("event", "expected"), [("plain", (20, 37)), ("email", (12, 33)), ("full", (9, 29))])
def test_how_many_throw(event: str, expected: tuple[int, int]) -> None:
    """57 of 128 throw on the plain identify, 45 with an email, 38 with everything."""
    assert _split(lambda row: row.fails[event]) == expected


def test_what_becomes_of_name_and_value() -> None:
    """FullStory renames; Heap and 1plusx make text of a boolean, seven others put it into text; nobody drops false."""
    arriving = [row for row in ACTING if row.landing is not None]

    assert [row.slug for row in arriving if row.renames] == ["fullstory"]
    assert [row.slug for row in arriving if row.landing and row.landing.values["false"] == "text"] == ["1plusx", "heap"]
    assert sorted(row.slug for row in arriving if row.retypes) == [
        *("1plusx", "amplitude", "aws-kinesis", "heap", "kafka", "mixpanel", "s3", "sftp", "spiffy"),
    ]
    assert {row.landing.values["false"] for row in arriving if row.landing} == {"kept", "text"}


def test_the_odd_ones() -> None:
    """One says nothing at all, two look into context.traits first, 34 batch unless told not to."""
    assert [row.slug for row in ACTING if row.is_silent] == ["koala"]
    assert [row.slug for row in ACTING if row.hidden_by_context_traits] == ["appcues", "singlestore"]
    assert sum(row.batch is not None and row.batch["default"] is True for row in ACTING) == 34
