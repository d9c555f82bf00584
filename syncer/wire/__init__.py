"""The wire: one request and one reply, what to do after a try, and when the next may go out."""

from __future__ import annotations

from syncer.wire.boundary import Boundary, StopSign, WatchedTransport, nothing_happens
from syncer.wire.http import (
    ACCEPTED,
    CookielessAdapter,
    Download,
    NoAddress,
    NoReply,
    Reply,
    RequestsTransport,
    Transport,
    place,
)
from syncer.wire.inflate import CutShort, inflate
from syncer.wire.pace import Pace
from syncer.wire.retry import (
    Accept,
    Decision,
    GiveUp,
    Outcome,
    Refuse,
    Retry,
    RetryPolicy,
    Tries,
    keep_trying,
    retry_after,
)

__all__ = [
    "ACCEPTED",
    "Accept",
    "Boundary",
    "CookielessAdapter",
    "CutShort",
    "Decision",
    "Download",
    "GiveUp",
    "NoAddress",
    "NoReply",
    "Outcome",
    "Pace",
    "Refuse",
    "Reply",
    "RequestsTransport",
    "Retry",
    "RetryPolicy",
    "StopSign",
    "Transport",
    "Tries",
    "WatchedTransport",
    "inflate",
    "keep_trying",
    "nothing_happens",
    "place",
    "retry_after",
]
