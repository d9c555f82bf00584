"""The fact sheets that this project was written from: their sections, and how sure most of what stands in each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONFIDENCES: Mapping[str, str] = {
    "doc": "documented",
    "run": "executed",
    "sdk-run": "executed",
    "sdk": "official SDK",
    "obs": "observed",
    "client": "observed",
    "inferred": "inferred",
    "ours": "ours",
}
"""What each tag of a citation means: documented by the vendor; executed here with the vendor's own program; read in an
official SDK; observed on the live service, or in a real client's code and recordings, and published; inferred, for
nobody published it; ours, which the lab has for itself and no vendor."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One fact sheet: the vendor as citations name it, and of each section its title and the tag that most facts have.

    `unknowns` is the section that lists what nobody knows. `home` is the room where the vendor goes without saying.
    """

    vendor: str
    home: str
    sections: Mapping[str, tuple[str, str]]
    unknowns: str


SEGMENT = Sheet(
    "segment",
    "mock_segment",
    {
        "0": ("What drives the design", "doc"),
        "1.1": ("Hosts and regions", "doc"),
        "1.2": ("Routes, CDN, OAuth", "sdk"),
        "1.3": ("Write keys", "obs"),
        "1.4": ("Content types and encodings", "sdk"),
        "1.5": ("CORS", "sdk"),
        "1.6": ("Statuses and bodies", "obs"),
        "1.7": ("Limits", "doc"),
        "1.8": ("Discard codes", "doc"),
        "1.9": ("Deduplication", "doc"),
        "1.10": ("Batches and merging", "doc"),
        "1.11": ("Timestamps", "doc"),
        "1.12": ("Fields the server adds", "doc"),
        "2.1": ("Fields that all calls have", "doc"),
        "2.2": ("Fields of each call", "doc"),
        "2.3": ("Reserved traits of a user", "doc"),
        "2.4": ("Reserved traits of a group", "doc"),
        "2.5": ("What the value of a trait means", "doc"),
        "2.6": ("How an identify goes wrong", "doc"),
        "3.1": ("Official SDKs on the wire", "sdk"),
        "3.2": ("Client-side SDKs", "sdk"),
        "3.3": ("What a fake owes the SDKs", "sdk"),
        "4.1": ("The cohort's identify", "doc"),
        "4.2": ("Enter, leave, first sync", "doc"),
        "4.3": ("Loops", "inferred"),
        "5.1": ("Warehouses", "doc"),
        "5.2": ("The Profile API", "doc"),
        "5.3": ("Webhooks", "doc"),
        "5.4": ("Routing to destinations", "doc"),
        "5.5": ("Amplitude as a destination", "sdk"),
        "5.6": ("Tracking plans", "doc"),
        "5.7": ("Delivery to destinations", "doc"),
        "5.8": ("Debugger and Schema tab", "doc"),
        "6": ("Mistakes worth catching", "obs"),
        "7": ("Where documents and SDKs disagree", "doc"),
        "8": ("What nobody knows", "inferred"),
        "9": ("Modes of a fake", "ours"),
    },
    "8",
)
AMPLITUDE = Sheet(
    "amplitude",
    "mock_amplitude",
    {
        "0": ("Numbers at a glance", "doc"),
        "1.1": ("Hosts and authentication", "doc"),
        "1.2": ("Endpoints", "client"),
        "1.3": ("The synchronous and the asynchronous download", "doc"),
        "1.4": ("Errors", "client"),
        "1.5": ("The Experiment SDK's endpoint", "client"),
        "2.1": ("Fields of a cohort", "client"),
        "2.2": ("The envelope of a definition", "client"),
        "2.3": ("Clauses", "client"),
        "2.4": ("How a definition is evaluated", "doc"),
        "3.1": ("Cadence", "doc"),
        "3.2": ("Everybody first, then differences", "doc"),
        "3.3": ("Transport, retries, failure", "doc"),
        "3.4": ("Skipped users and history", "doc"),
        "3.5": ("What happens to cohorts and syncs", "doc"),
        "3.6": ("Who may do what", "doc"),
        "3.7": ("Properties and lists", "doc"),
        "3.8": ("The webhook", "doc"),
        "4.1": ("What Segment is sent", "doc"),
        "4.2": ("How it is sent", "inferred"),
        "4.3": ("Setting up", "doc"),
        "4.4": ("Loops", "inferred"),
        "5.1": ("HTTP API", "doc"),
        "5.2": ("Batch API", "doc"),
        "5.3": ("Identify API", "client"),
        "5.4": ("Export API", "doc"),
        "5.5": ("User search", "doc"),
        "5.6": ("Identity", "doc"),
        "5.7": ("Deletion", "doc"),
        "5.8": ("The profile API", "doc"),
        "6": ("Mistakes worth catching", "client"),
        "7": ("What nobody knows", "inferred"),
        "8": ("What clients rely on", "client"),
    },
    "7",
)
_MEASURED = (
    Sheet("warehouse", "", {str(number): ("Warehouses, run", "run") for number in range(1, 9)}, ""),
    Sheet("destination", "", {str(number): ("Destinations, run", "run") for number in range(1, 9)}, ""),
    Sheet("loop", "", {str(number): ("From Segment back to Amplitude, run", "run") for number in range(1, 9)}, ""),
)
SHEETS: Mapping[str, Sheet] = {each.vendor: each for each in (SEGMENT, AMPLITUDE, *_MEASURED)}
