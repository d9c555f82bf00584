"""Computing: cohorts from the events held, by definitions compiled to SQL."""

from __future__ import annotations

from mock_amplitude.computing.table import EventTable

__all__ = ["EventTable"]
