"""Computing: cohorts from the events held, by definitions asked of each person, or of all as SQL."""

from __future__ import annotations

from mock_amplitude.computing.computer import Computer, Other, Question, event_of
from mock_amplitude.computing.few import FewEvents
from mock_amplitude.computing.rules import custom_events, rules_of
from mock_amplitude.computing.table import EventTable

__all__ = ["Computer", "EventTable", "FewEvents", "Other", "Question", "custom_events", "event_of", "rules_of"]
