"""The trouble that calls met, as faults of a scenario.

What a lab armed is armed again as it was. What was seen on a real wire, where nobody armed anything, becomes a fault at
the call of the sync that met it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from scenarios.keeping.story import Happening
from syncer.wire import retry_after

Data = dict[str, Any]

_SLOW: Final = 5_000  # milliseconds: what is worth a fault
_PASSING: Final = frozenset({408, 425, 429, *range(500, 600)})  # statuses that are no answer to the call itself
_CREDENTIALS: Final = frozenset({401, 403})
_STORED_FILE: Final = "/cohort-exports/*"


def troubles(calls: Sequence[Happening]) -> Iterator[Data]:
    """Yield a fault for each run of equal trouble on a route, armed before the sync that these are the calls of."""
    seen: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], Data] = {}
    found: list[Data] = []
    for call in calls:
        where = (call.fake, call.data["method"], route_of(call))
        place = seen[where]
        seen[where] += 1
        fault = _fault(call)
        if fault is None:
            last.pop(where, None)
            continue
        before = last.get(where)
        if before is not None and {**before, "match": None} == {"on": call.fake, **fault, "match": None}:
            before["match"]["times"] += 1
            continue
        match: Data = {"route": where[2], "method": where[1], "times": 1, **({"skip": place} if place else {})}
        last[where] = {"on": call.fake, **fault, "match": match}
        found.append(last[where])
    yield from found


def route_of(call: Happening) -> str:
    """Return the route that a call went to, as a fault's match names it."""
    if call.fake == "segment":
        return str(call.data["path"])
    path = str(call.data["path"])
    if not path.startswith("/api/"):
        return _STORED_FILE
    for beginning in ("/api/5/cohorts/request-status/", "/api/3/cohorts/request-status/"):
        if path.startswith(beginning):
            return f"{beginning}*"
    if path.endswith("/file"):
        return "/api/5/cohorts/request/<request_id>/file"
    if path.startswith("/api/5/cohorts/request/"):
        return "/api/5/cohorts/request/<cohort_id>"
    return path


def _fault(call: Happening) -> Data | None:
    data = call.data
    if data.get("faults"):  # a lab's own: what was armed is told where it was
        return None
    answered = data.get("answered", {})
    if data.get("reset") or data["status"] == 0:
        is_lost = call.fake == "amplitude" or "stored" in data
        return {"fault": "lost-reply" if is_lost else "connection-reset"}
    if answered.get("cut"):
        return {"fault": "truncated-body", "after": answered.get("bytes", 0)}
    status = data["status"]
    was_recorded = data.get("refused", {}).get("code") == "recorded"
    if status in _PASSING or (status in _CREDENTIALS and call.fake == "amplitude") or (status >= 400 and was_recorded):
        return {"fault": "status", "status": status, **_retry_after(answered.get("headers", {}), call.at)}
    if status == 200 and "html" in answered.get("headers", {}).get("content-type", "") and not _is_form(call):
        return {"fault": "html-page"}
    if answered.get("ms", 0) >= _SLOW:
        return {"fault": "latency", "seconds": round(answered["ms"] / 1000)}
    return None


def _is_form(call: Happening) -> bool:
    """Say whether a route answers HTML when all is well."""
    return call.data["path"] in {"/identify", "/groupidentify"}


def _retry_after(headers: Mapping[str, str], at: int) -> Data:
    wait = retry_after(headers, at / 1000)
    if wait is None or not math.isfinite(wait):
        return {}
    is_date = not headers.get("retry-after", "0").strip().replace(".", "", 1).isdecimal()
    return {"retry_after": wait, **({"retry_after_as": "date"} if is_date else {})}
