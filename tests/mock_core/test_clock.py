from __future__ import annotations

import pytest

from mock_core import LabClock, iso
from mock_core.clock import Move


def test_a_frozen_clock_moves_only_by_hand():
    """Time stands still until it is advanced."""
    clock = LabClock(100.0)

    clock.advance(60)

    assert clock.now() == 160.0
    assert clock.is_frozen


def test_sleeping_on_a_frozen_clock_advances_it():
    """Waiting takes no real time in a rehearsal; the clock jumps instead."""
    clock = LabClock(100.0)

    clock.sleep(3600)

    assert clock.now() == 3700.0


def test_a_running_clock_keeps_running_after_a_jump():
    """Advancing a clock that follows the system shifts it and lets it run on."""
    system = iter([10.0, 11.0])
    clock = LabClock(system=lambda: next(system))

    assert clock.advance(100) == 110.0
    assert clock.now() == 111.0


def test_following_the_system_again_forgets_every_move():
    """Releasing the clock gives the system's time back."""
    clock = LabClock(5.0, system=lambda: 42.0)

    clock.advance(10)

    assert clock.follow_system() == 42.0


def test_freezing_stops_the_clock_where_it_is():
    """A freeze without a time keeps the moment it was asked at."""
    ticks = iter([1.0, 2.0, 3.0])
    clock = LabClock(system=lambda: next(ticks))

    frozen = clock.freeze()

    assert clock.now() == frozen


def test_observers_hear_of_moves_by_hand_until_they_leave():
    """A journal is told of each move, and not after it has left."""
    clock, heard = LabClock(0.0), []

    def hear(move: Move) -> None:
        heard.append(move.now)

    clock.observe(hear)
    clock.advance(1)
    clock.forget(hear)
    clock.advance(1)

    assert heard == [1.0]


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_767_603_600_007, "2026-01-05T09:00:00.007Z"),
        (999, "1970-01-01T00:00:00.999Z"),
    ],
)
def test_times_are_written_as_segment_writes_them(milliseconds: int, text: str):
    """ISO 8601 in UTC with three decimals and a Z."""
    assert iso(milliseconds) == text


def test_a_frozen_clock_can_run_on_from_where_it_stands():
    """Running on keeps the lab's time and takes up the system's pace."""
    ticks = iter([1000.0, 1000.5, 1001.5])
    clock = LabClock(50.0, system=lambda: next(ticks))

    clock.run()

    assert clock.now() == 51.5
