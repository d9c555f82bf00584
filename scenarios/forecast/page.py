"""The page of a forecast: one self-contained file, drawn in the style of the run report, everything in it escaped."""

from __future__ import annotations

from scenarios.forecast.drawing import (
    CELL,
    CHART,
    LEFT,
    ROW,
    TOP,
    WIDE,
    calendar,
    downloads_line,
    events_line,
    strips,
    ten_minutes_line,
)
from scenarios.forecast.mending import Mend
from scenarios.forecast.outcome import Month
from scenarios.forecast.words import mend_in_words, month_in_words
from scenarios.reports import template


def page(month: Month, mend: Mend | None) -> str:
    """Return the page of a month and of what would mend it."""
    months = [("As it is planned", month, month_in_words(month))]
    if mend is not None:
        months.append(("As it would be mended", mend.month, mend_in_words(mend)))
    return template(__package__, "forecast.html").render(
        title=month.plan.title,
        holds=month.holds,
        months=[
            {
                "title": title,
                "month": each,
                "words": words,
                "calendar": calendar(each),
                "lines": [downloads_line(each), ten_minutes_line(each), events_line(each)],
                "strips": strips(each),
            }
            for title, each, words in months
        ],
        cell=CELL,
        row=ROW,
        left=LEFT,
        top=TOP,
        wide=WIDE,
        chart=CHART,
    )
