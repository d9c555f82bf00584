"""Setting a sync up: the way through both vendors' pages that the documentation describes, and how far one has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mock_amplitude import AmplitudeState
from mock_segment import SegmentState
from scenarios.portal import portal_of

KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
KEY_LENGTH = 32  # letters and digits of a write key, as Segment makes them [inferred]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the vendors' documentation: what it says, the page it is taken on, whether it is taken."""

    words: str
    endpoint: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The steps that are taken at one vendor."""

    title: str
    steps: Sequence[Step]


def way(amplitude: AmplitudeState, segment: SegmentState) -> Sequence[Part]:
    """Return the steps in the order of Amplitude's page on Segment, each with whether it is taken."""
    portal = portal_of(amplitude)
    sources, targets, syncs = bool(segment.sources()), portal.targets(), portal.syncs()
    is_synced = any(run["status"] == "succeeded" for run in portal.runs()) if syncs else False
    return (
        Part(
            "Segment setup",
            (
                Step("Add Amplitude as a source on your Segment account.", "setup.sources", sources),
                Step("Copy the Amplitude source's writeKey from Segment.", "setup.sources", sources),
            ),
        ),
        Part(
            "Amplitude setup",
            (
                Step("Click Catalog and select the Destinations tab.", "setup.catalog", bool(targets)),
                Step("In the Cohort section, click Segment.", "setup.catalog", bool(targets)),
                Step("Click Add New Key and paste the writeKey.", "setup.keys", bool(targets)),
                Step("Enter a name for the Segment writeKey, and save.", "setup.keys", bool(targets)),
            ),
        ),
        Part(
            "Send a cohort",
            (
                Step(
                    "Open the cohort you want to export. Click Sync, and choose Segment.", "cohorts.page", bool(syncs)
                ),
                Step("Choose the API target, select the sync cadence, and save.", "cohorts.page", bool(syncs)),
                Step("Watch it arrive.", "syncs.page", is_synced),
            ),
        ),
    )


def new_write_key(segment: SegmentState) -> str:
    """Return a seeded write key that no source has."""
    taken = {each.write_key for each in segment.sources()}
    random = segment.workspace.seed.fresh(f"write key {segment.workspace.journal.last}")
    while (made := "".join(random.choices(KEY_LETTERS, k=KEY_LENGTH))) in taken:
        pass
    return made
