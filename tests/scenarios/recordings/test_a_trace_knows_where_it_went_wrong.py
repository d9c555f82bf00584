"""Of the marks of a trace the one is named behind which nothing came as it should have."""

from __future__ import annotations

import pytest

from scenarios.recordings import Mark, wrong_at

WRONG = ("end", "'ada' stands, so it must be true; it is false: that is wrong")
RIGHT = ("end", "'ada' stands, so it must be true; it is true: as it must be")
ENTERED = ("membership", "'ada' entered (cohort.enter)")
EXPORT = [("export", "export x asked for, 1 rows"), ("row", "'ada' has row 1")]
TOLD = ("difference", "true is to be told: not in the export before")
SENT = ("attempt", "attempt 1 of message m: true")


@pytest.mark.parametrize(
    ("way", "place"),
    [
        ([ENTERED, *EXPORT, TOLD, SENT, ("verdict", "delivered"), RIGHT], None),
        ([ENTERED, WRONG], 0),
        ([ENTERED, *EXPORT, ("difference", "nothing is to be told"), WRONG], 3),
        ([ENTERED, *EXPORT, TOLD, WRONG], 3),
        ([ENTERED, *EXPORT, TOLD, ("download", "the file of export x was answered 503"), WRONG], 4),
        ([ENTERED, *EXPORT, TOLD, SENT, ("verdict", "discarded no_user_anon_id"), WRONG], 5),
        ([ENTERED, *EXPORT, TOLD, SENT, ("verdict", "delivered"), WRONG], 4),
    ],
)
def test_the_mark_is_named(way: list[tuple[str, str]], place: int | None):
    """No export, no difference, nobody who sent it, a file that did not come, a verdict, a wrong value."""
    marks = [Mark(number, "segment", number, kind, words) for number, (kind, words) in enumerate(way)]

    found = wrong_at(marks)

    assert (None if found is None else found.place) == place
