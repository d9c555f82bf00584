"""Headers that ask for a wait, by the million: each is a wait, none, or not understood; never an error."""

from __future__ import annotations

from random import Random

from syncer.wire import retry_after
from tests.syncer.wire.headers import headers

HEADERS = 5_200_000


def test_every_header_that_asks_for_a_wait_is_survived():
    """Seconds from none on, infinity for what is beyond every number."""
    random = Random(13)
    waits = 0
    for number in range(HEADERS):
        asked = headers(random)
        seconds = retry_after(asked, 1.7e9)
        assert seconds is None or seconds >= 0, (number, asked, seconds)
        waits += seconds is not None
    assert waits > HEADERS // 5
    print(f"{HEADERS:,} headers, {waits:,} of them waits")  # noqa: T201 - what a soak is read for
