"""`cohortlab setting`: read and change the settings of a lab that runs."""

from __future__ import annotations

from cohortlab.live import setting as command

__all__ = ["command"]
