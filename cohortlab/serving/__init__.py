"""What `cohortlab up` does beside serving: the lab it begins with, what it says, and a line for each call."""

from __future__ import annotations

from cohortlab.serving.beginning import Beginning
from cohortlab.serving.calls import MOST_WAITING, CallTeller, call_line
from cohortlab.serving.console import LazyConsole, show_past
from cohortlab.serving.destinations import connect
from cohortlab.serving.opening import Opening

__all__ = ["MOST_WAITING", "Beginning", "CallTeller", "LazyConsole", "Opening", "call_line", "connect", "show_past"]
