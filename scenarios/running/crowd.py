"""A crowd: the generated people of a cohort, under ids of every shape that real ones have, or under plain ones.

A scenario that is not about ids has plain ones, so that a program which cuts ids fails where ids are the matter.
"""

from __future__ import annotations

from hashlib import blake2b

from scenarios.lab import Lab

_PLAIN = "user-"


def let_in(lab: Lab, cohort_id: str, count: int, ids: str) -> None:
    """Let the next `count` generated people into a cohort; `ids` is mixed or plain."""
    if ids == "mixed":
        lab.amplitude.populate(cohort_id, count)
        return
    first = sum(
        str(member).startswith(_PLAIN)
        for entry in lab.amplitude.workspace.journal.walk(kind="control")
        if entry.data["op"] == "cohort.enter" and entry.data["cohort_id"] == cohort_id
        for member in entry.data["members"]
    )
    lab.amplitude.enter(cohort_id, [plain_id(lab.seed, number) for number in range(first + 1, first + count + 1)])


def plain_id(seed: int, number: int) -> str:
    """Return an id of letters, digits and dashes, as hard to squeeze as a real one."""
    return f"{_PLAIN}{number:05d}-{blake2b(f'{seed} {number}'.encode(), digest_size=6).hexdigest()}"
