"""`cohortlab clock`: read and move the clock of a lab that runs."""

from __future__ import annotations

from cohortlab.live import clock as command

__all__ = ["command"]
