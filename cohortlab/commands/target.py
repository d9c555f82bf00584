"""`cohortlab target`: name the write keys that standing syncs tell."""

from __future__ import annotations

from cohortlab.syncs import target as command

__all__ = ["command"]
