"""Three plans whose months were reckoned by hand, rehearsed with the real engine and both fakes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scenarios.forecast import Month, Plan, PlannedSync, mended, pass_month

START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
HOUR, DAY = 3_600.0, 86_400.0


def planned(*names: str, cadence: str, period: float, size: int = 100, churn: float = 24.0) -> tuple[PlannedSync, ...]:
    return tuple(PlannedSync(name, size, churn, cadence, period, START) for name in names)


def month_of(syncs: tuple[PlannedSync, ...], *, days: int = 30, start: float = START, **more: Any) -> Month:
    more["amplitude"] = {"job_seconds": 0.0, **more.get("amplitude", {})}
    return pass_month(Plan("by hand", syncs, start, days, **more))


def test_one_sync_every_six_hours_fits():
    """120 runs in 30 days; 2,500 people at first, then 240 a day: 60 each run. 3 calls of 1,000, then one each."""
    month = month_of(planned("vips", cadence="6h", period=6 * HOUR, size=2_500, churn=240.0))
    told, (standing,) = month.as_dict(), month.standings

    assert month.holds
    assert mended(month, pass_month) is None
    assert told["downloads"]["used"] == {"2026-01": 120}
    assert told["downloads"]["most_in_ten_minutes"] == 1
    assert (told["segment"]["events"], told["segment"]["calls"]) == (2_500 + 119 * 60, 3 + 119)
    assert told["segment"]["events_in_it"] == 2_500
    assert sum(hour["events"] for hour in told["hours"]) == 2_500 + 119 * 60
    assert (standing.due, standing.good, standing.refused, standing.starves) == (120, 120, 0, False)
    assert (standing.median_hours, standing.worst_hours) == (pytest.approx(3, abs=0.01), pytest.approx(6, abs=0.01))


def test_three_hourly_syncs_use_the_month_up():
    """Of 50 downloads three go each hour: 16 hours of 3 and two more, so the third sync is refused at 16:00.

    The first was good 17 times, last at hour 16: of 120 hours 16 lie in gaps of an hour and 104 in one. Half of 120
    are 60, so the median is 60 - 16 = 44. The third was good 16 times, last at hour 15: 60 - 15 = 45, at worst 105.
    """
    syncs = planned("a", "b", "c", cadence="1h", period=HOUR)
    month = month_of(syncs, days=5, amplitude={"monthly_requests": 50})
    told, (a, b, c) = month.as_dict(), month.standings

    assert told["downloads"]["used"] == {"2026-01": 50}
    assert told["downloads"]["wanted"] == {"2026-01": 360}
    assert told["first_refused"]["sync"] == "c"
    assert told["first_refused"]["at"] == "2026-01-01T16:00:00Z"
    assert told["first_refused"]["limit"] == "the month's downloads"
    assert [each.good for each in (a, b, c)] == [17, 17, 16]
    assert told["refused"] == 360 - 50
    assert (a.median_hours, a.worst_hours) == (pytest.approx(44, abs=0.01), pytest.approx(104, abs=0.01))
    assert (c.median_hours, c.worst_hours) == (pytest.approx(45, abs=0.01), pytest.approx(105, abs=0.01))
    assert all(each.starves for each in (a, b, c))


def test_what_mends_it_was_rehearsed_and_holds():
    """Every 8 hours for all is 45 of 50 downloads; every 6 is 60. Who changes least is slowed first."""
    a, b, c = planned("a", "b", "c", cadence="1h", period=HOUR)
    busy = PlannedSync("a", a.size, 2_400.0, a.cadence, a.period, a.start)
    mend = mended(month_of((busy, b, c), days=5, amplitude={"monthly_requests": 50}), pass_month)

    assert mend is not None
    assert mend.holds
    assert mend.everybody == "8h"
    assert mend.month.downloads_by_month()["2026-01"] <= 50
    assert mend.slowed[0].sync in {"b", "c"}
    assert next(each.period for each in mend.month.plan.syncs if each.name == "a") < min(
        each.period for each in mend.month.plan.syncs if each.name != "a"
    )


@pytest.mark.parametrize(
    ("settings", "taken", "limit"),
    [
        ({}, 4, "downloads in parallel per minute"),
        ({"parallel_per_minute": 0}, 5, "downloads at once"),
        ({"requests_per_10_minutes": 3}, 3, "downloads in ten minutes"),
    ],
)
def test_seven_at_the_same_moment_meet_what_may_run_at_once(settings: dict[str, int], taken: int, limit: str):
    """Jobs of ten minutes and no second try: four in parallel a minute, five at once, or three in ten minutes."""
    syncs = planned(*"abcdefg", cadence="1d", period=DAY)
    month = month_of(syncs, days=1, amplitude={"job_seconds": 600.0, **settings}, engine={"retries": 0})

    assert [run.sync for run in month.refused] == list("abcdefg")[taken:]
    assert {run.limit for run in month.refused} == {limit}
    assert len(month.downloads) == month.most_in_ten_minutes() == taken


def test_starting_apart_mends_what_runs_at_once():
    """The same seven, some minutes apart, are all taken."""
    month = month_of(
        planned(*"abcdefg", cadence="1d", period=DAY), days=1, amplitude={"job_seconds": 30.0}, engine={"retries": 0}
    )
    mend = mended(month, pass_month)

    assert mend is not None
    assert (mend.slowed, mend.apart, mend.holds) == ((), 300.0, True)


def test_downloads_that_are_gone_come_back_with_the_next_month():
    """Of 500, 498 are used on 31 January: two runs are good and 22 refused, and on 1 February all 24 are good."""
    start = datetime(2026, 1, 31, tzinfo=UTC).timestamp()
    (sync,) = planned("a", cadence="1h", period=HOUR)
    sync = PlannedSync("a", sync.size, sync.churn, sync.cadence, sync.period, start)
    month = month_of((sync,), days=2, start=start, used=498)

    assert month.downloads_by_month() == {"2026-01": 500, "2026-02": 24}
    assert (month.standings[0].good, month.standings[0].refused) == (26, 22)


def test_a_cohort_larger_than_amplitude_exports_is_left_out():
    """2,000,001 members are refused whenever they are asked for; no cadence helps, the other goes on."""
    small, large = planned("small", "large", cadence="1d", period=DAY)
    large = PlannedSync("large", 2_000_001, 0.0, large.cadence, large.period, large.start)
    month = month_of((small, large), days=3)
    mend = mended(month, pass_month)

    assert {(run.sync, run.limit) for run in month.refused} == {("large", "members of a cohort")}
    assert len(month.refused) == 3
    assert mend is not None
    assert (mend.left_out, mend.holds) == (("large",), True)


def test_runs_of_a_used_up_month_that_are_only_counted_end_as_rehearsed_ones_do(monkeypatch: pytest.MonkeyPatch):
    """After a sync was refused for the month the rest is counted, and comes out as when each run is rehearsed."""
    from scenarios.forecast import month as module

    syncs = planned("a", "b", cadence="1h", period=HOUR)
    counted = month_of(syncs, days=1, amplitude={"monthly_requests": 5})
    monkeypatch.setattr(module._StandIn, "_gone_until", lambda _self: 0.0)
    rehearsed = month_of(syncs, days=1, amplitude={"monthly_requests": 5})

    assert not all(run.is_rehearsed for run in counted.runs)
    assert all(run.is_rehearsed for run in rehearsed.runs)
    assert {(run.sync, run.begun, run.is_good, run.limit) for run in counted.runs} == {
        (run.sync, run.begun, run.is_good, run.limit) for run in rehearsed.runs
    }
    assert len(counted.runs) == len(rehearsed.runs) == 48
