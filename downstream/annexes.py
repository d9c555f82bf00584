"""What is built onto the fakes of a lab: an annexe for each wing that does something with delivered events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from downstream.making import Amplitude, Makers
from downstream.routing import Destinations, annexe
from mock_core.annexe import Annexe, addition
from mock_segment import SegmentFake

_MAKERS: Final = Makers()


def annexes(amplitude: Amplitude | None = None) -> Sequence[Annexe]:
    """Return what is built onto a Segment fake; `amplitude` is its lab's other fake, which a destination may call."""
    return (annexe(partial(_MAKERS, amplitude=amplitude)),)


def upstream(segment: Callable[[], SegmentFake | None]) -> Annexe:
    """Return what is built onto an Amplitude fake: what Segment has for it comes before it is asked anything."""
    return Annexe("upstream", lambda state: _Upstream(state.workspace.name, segment))


class _Upstream:
    """The Segment workspace of the same name, whose destinations send on what is due.

    It may be asked while somebody holds the Amplitude workspace, for which a sending destination waits; so it never
    waits for one that is sending.
    """

    def __init__(self, name: str, segment: Callable[[], SegmentFake | None]) -> None:
        self._name = name
        self._segment = segment

    def settle(self) -> None:
        fake = self._segment()
        state = None if fake is None else fake.workspaces.find(self._name)
        if state is not None and state.workspace.additions:
            addition(state, Destinations).settle(waits=False)

    def forget(self) -> None:
        """Nothing is kept here."""

    def close(self) -> None:
        """Nothing is held open."""
