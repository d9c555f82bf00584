"""What is built onto the Segment fake of a lab: one annexe for each wing that does something with delivered events."""

from __future__ import annotations

from collections.abc import Sequence

from downstream.making import Makers
from downstream.routing import annexe
from mock_core.annexe import Annexe

ANNEXES: Sequence[Annexe] = (annexe(Makers()),)
