"""Guesses in a failure: answers of the fakes that it may hang on and that rest on inferred facts.

Only answers that a fake gave by itself; what a fault made it answer is no guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scenarios.bench import FaultStruck, RequestMade, TimelineEvent


@dataclass(frozen=True, slots=True)
class Guess:
    """An answer that nobody published: by which fake, with which status, to which calls, by which setting."""

    on: str
    status: int
    path: re.Pattern[str]
    setting: str


_FILE = re.compile(r"/api/5/cohorts/request/[^/]+/file")
_BY_ID = re.compile(r"/api/(?:5/cohorts/request(?:-status)?/[^/]+|3/cohorts/(?!upload|membership|usage)[^/]+)\Z")
GUESSES = (
    Guess("amplitude", 404, _FILE, "not_ready_status"),  # amplitude facts 1.2 E, 7.10
    Guess("amplitude", 409, _FILE, "not_ready_status"),
    Guess("amplitude", 404, _BY_ID, "unknown_id_status"),  # amplitude facts 1.4, 7.10
    Guess("amplitude", 410, _BY_ID, "expired_request_status"),  # amplitude facts 1.2 E, 7.10
    Guess("amplitude", 401, re.compile(""), "missing_auth_status"),  # amplitude facts 1.4, 7.11
    Guess("amplitude", 500, re.compile(r"/request-status/"), "failed_job"),  # amplitude facts 1.2 D, 7.10
    Guess("segment", 429, re.compile(""), "rate_limit_requests"),  # segment facts 1.7, 8
    Guess("segment", 401, re.compile(""), "refuse_bad_token"),  # segment facts 1.2 [inferred]
)


def guessed(timeline: Sequence[TimelineEvent]) -> Iterator[str]:
    """Yield a clause for each kind of answer in a run that rests on an inferred fact, once."""
    struck = {(each.on, each.entry) for each in timeline if isinstance(each, FaultStruck)}
    told: set[str] = set()
    for each in timeline:
        if not isinstance(each, RequestMade) or (each.on, each.entry) in struck:
            continue
        for guess in GUESSES:
            is_meant = (guess.on, guess.status) == (each.on, each.status) and guess.path.search(each.path)
            if is_meant and guess.setting not in told:
                told.add(guess.setting)
                where = f"{each.method} {each.path.partition('?')[0]} -> {each.status}"
                yield f"{where} rests on an inferred fact: the {each.on} setting {guess.setting} changes it"
