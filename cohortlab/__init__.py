"""Rehearse an Amplitude to Segment cohort sync offline, and be told what the real services never would."""

from __future__ import annotations

from cohortlab._version import __version__

__all__ = ["__version__"]
