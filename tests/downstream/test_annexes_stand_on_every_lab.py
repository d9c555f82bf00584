"""What is built onto the Segment fake is built onto that of every lab, and onto each of its workspaces."""

from __future__ import annotations

from downstream.annexes import annexes
from scenarios.lab import Lab


def test_every_workspace_of_a_lab_has_every_annexe():
    """The first one, and one that is made later; none of them twice."""
    names = [*(annexe.name for annexe in annexes()), "warehouse"]
    with Lab() as lab:
        for state in (lab.segment, lab.segment_fake.workspaces.get("later")):
            assert list(state.workspace.additions) == names

    assert len(set(names)) == len(names)
