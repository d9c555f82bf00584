"""What a client takes: `Accept-Encoding`, as RFC 9110 12.5.3 reads it."""

from __future__ import annotations

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header


def takes_gzip(accept_encoding: str | None, *, unasked: bool = False) -> bool:
    """Say whether to answer in gzip: when it is acceptable, and no less welcome than no coding at all.

    `unasked` is the answer for a client that sends no such header, to which any coding is acceptable; an empty one asks
    for none. Who refuses both gets no coding: a server may answer so instead of 406 (RFC 9110 12.4.1).
    """
    if accept_encoding is None:
        return unasked
    weights = {coding.lower(): weight for coding, weight in parse_accept_header(accept_encoding, Accept)}
    others = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", others))  # two names of one coding (RFC 9110 8.4.1.3)
    return gzip > 0 and gzip >= weights.get("identity", others)
