"""Known ways to miss Amplitude's routes, and the routes of Amplitude that this lab does not have.

The older ones are those that Amplitude's own SDKs and public scripts called (amplitude facts 1.2 [client] OLD-PROXY).
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_amplitude.proofs import ANY_KEY, API_KEY, BASIC, IN_BODY
from mock_core.hints import Lacking, Slip

SLIPS: Sequence[Slip] = (
    Slip(
        r"/api/\d+/cohorts/request-status/(?P<id>[^/]+)/(?:file|download)/?",
        "The state of a download and its file have paths of their own.",
        "/api/5/cohorts/request/{id}/file",
    ),
    Slip(
        r"/api/\d+/cohorts/(?:info|get|id)/(?P<id>[^/]+)/?",
        "An older SDK called that.",
        "/api/3/cohorts/{id}",
    ),
    Slip(r"/api/\d+/cohorts/(?:list|all|info)/?", "The list has no word of its own.", "/api/3/cohorts"),
    Slip(
        r"/api/\d+/cohorts/(?:request[-_]?status|status|requests?)/(?P<id>[^/]+)/status/?",
        "The state of a download has a path of its own.",
        "/api/5/cohorts/request-status/{id}",
    ),
    Slip(
        r"/api/\d+/cohorts/(?:status|request_status|requeststatus)/(?P<id>[^/]+)/?",
        "",
        "/api/5/cohorts/request-status/{id}",
    ),
    Slip(
        r"/api/\d+/cohorts/(?:download|export|requests)/(?P<id>[^/]+)/?",
        "A download is asked for, then looked after, then fetched.",
        "/api/5/cohorts/request/{id}",
    ),
    Slip(
        r"/api/\d+/cohorts/(?P<id>[^/]+)/(?:members|users)/?", "Members come with their cohort.", "/api/3/cohorts/{id}"
    ),
    Slip(r"/sdk/v\d/cohorts?/(?P<id>[^/]+)/?", "", "/sdk/v1/cohort/{id}"),
    Slip(
        r"/v1/(?:batch|b|import|identify|track|page|screen|group|alias|[itpsga])/?",
        "That is a path of Segment's: this is the Amplitude fake, and the Segment fake has a port of its own.",
    ),
)

# facts 5.1 to 5.8 [doc]; 1.4 for what a wrong key is answered on those with Basic authorization.
LACKS: Sequence[Lacking] = (
    Lacking(
        r"/api/\d/(?:users|sessions|events|composition|realtime|retention|funnels|segmentation|revenue|"
        r"annotations|chart|charts|dashboard|dashboards|release|releases|taxonomy|lookup_table|dsar|experiment|experiments)"
        r"(?:/.*)?",
        "Amplitude's Dashboard REST API",
        BASIC,
    ),
    Lacking(
        r"/httpapi/?|/attribution/?",
        "Amplitude's older ingestion",
        IN_BODY,
    ),
    Lacking(r"/v1/userprofile/?", "Amplitude's User Profile API", API_KEY),
    Lacking(r"/sdk/v\d/(?:flags|vardata)(?:/.*)?|/v1/vardata/?", "Amplitude's Experiment API", ANY_KEY),
)
