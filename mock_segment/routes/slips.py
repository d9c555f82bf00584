"""Known ways to miss Segment's routes: clients of its look-alikes, its other APIs, and the other vendor's paths."""

from __future__ import annotations

from collections.abc import Sequence

from mock_core.hints import Lacking, Slip

_AMPLITUDE = "That is a path of Amplitude's: this is the Segment fake, and the Amplitude fake has a port of its own."

SLIPS: Sequence[Slip] = (
    Slip(r"/sdk/(?P<call>\w+)/?", "That is where June's SDKs send.", "/v1/{call}"),
    Slip(r"/api/s/(?:s2s/)?(?P<call>\w+)/?", "That is where Jitsu's SDKs send.", "/v1/{call}"),
    Slip(r"/(?:beacon|internal)/v1/(?P<call>\w+)/?", "That is where RudderStack's SDKs send.", "/v1/{call}"),
    Slip(
        r"/api/\d+/cohorts(?:/.*)?|/sdk/v\d/cohorts?/.*|/api/2/.*|/(?:2/)?httpapi|/groupidentify|/usermap", _AMPLITUDE
    ),
)

# Segment's other APIs, on hosts of their own; both want a token and say so first (segment facts 1.1, 5.2 [doc],
# conflict 17 [obs]).
LACKS: Sequence[Lacking] = (
    Lacking(r"/v1/spaces/.*", "Segment's Profile API"),
    Lacking(
        r"/(?:sources|destinations|warehouses|tracking-plans|functions|spaces|labels|users|groups|iam|catalog|regulations|"
        r"delivery-overview|usage|transformations|reverse-etl-models|audit-events)(?:/.*)?",
        "Segment's Public API",
    ),
)
