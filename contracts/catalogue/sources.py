"""Where the facts come from: short ways to cite a fact sheet section with its vendor page and date."""

from __future__ import annotations

from contracts.rule import Source


def segment(section: str, tag: str, page: str) -> Source:
    """Cite a page of Segment's documentation as it was on 2025-11-07."""
    return Source(f"segment facts {section}", tag, f"segment-docs: {page}", "2025-11-07")


def observed(section: str, page: str, date: str = "2026-03-28") -> Source:
    """Cite what somebody saw on the live API and published."""
    return Source(f"segment facts {section}", "[obs]", page, date)


def inferred(section: str, reason: str) -> Source:
    """Cite a conclusion that nobody states; the reason stands in place of a page."""
    return Source(f"segment facts {section}", "[inferred]", reason, "2026-11-23")


def sdk(section: str, page: str) -> Source:
    """Cite the code of an official SDK or integration, or what it was seen to send."""
    return Source(f"segment facts {section}", "[sdk]", page, "2026-11-23")


def amplitude(section: str, tag: str, page: str) -> Source:
    """Cite a page of Amplitude's documentation as it was in March 2026."""
    return Source(f"amplitude facts {section}", tag, f"amplitude-docs: {page}", "2026-03")


def client(section: str, page: str) -> Source:
    """Cite what real clients of Amplitude's API do, or recorded from it."""
    return Source(f"amplitude facts {section}", "[client]", page, "2026-11-23")


def run_code(section: str) -> Source:
    """Cite what Segment's own code of its destinations does, as it was run."""
    return Source(f"destination facts {section}", "[sdk-run]", "@segment/action-destinations 3.497.0", "2026-11-29")


DISCARDS = "_includes/content/delivery-overview-discards.html"
SPEC_COMMON = "spec/common.md"
SPEC_IDENTIFY = "spec/identify.md"
HTTP_API = "connections/sources/catalog/libraries/server/http-api/index.md"
COHORT_SOURCE = "connections/sources/catalog/cloud-apps/amplitude-cohorts/index.md"
UNIFY_LIMITS = "unify/profile-api-limits.md"
RATE_LIMITS = "connections/rate-limits.md"
WAREHOUSE_SCHEMA = "connections/storage/warehouses/schema.md"
SEGMENT_DESTINATION = "content/collections/destination-catalog/en/segment.md"
PARTNER_GUIDE = "content/collections/partners/en/receiving-behavioral-cohorts.md"
