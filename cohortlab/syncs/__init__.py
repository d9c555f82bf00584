"""The commands of `cohortlab sync`, by what they do: run syncs, manage them, look at them; and those of `target`."""

from __future__ import annotations

from cohortlab.syncs.group import sync
from cohortlab.syncs.targets import target

__all__ = ["sync", "target"]
