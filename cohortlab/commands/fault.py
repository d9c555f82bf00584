"""`cohortlab fault`: arm and lift faults in a lab that runs."""

from __future__ import annotations

from cohortlab.live import fault as command

__all__ = ["command"]
