"""`cohortlab sync`: run syncs, manage standing ones, look at them."""

from __future__ import annotations

from cohortlab.syncs import sync as command

__all__ = ["command"]
