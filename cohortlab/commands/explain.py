"""`cohortlab explain`: why somebody is in a cohort of a lab that runs, or not."""

from __future__ import annotations

from cohortlab.live import explain as command

__all__ = ["command"]
