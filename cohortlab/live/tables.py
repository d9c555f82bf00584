"""A table of what a lab holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cohortlab.saying import say


def say_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """Print rows under their heads, or the words for there being none."""
    cells = [[f"{value:,}" if type(value) is int else str(value) for value in row] for row in rows]
    if not cells:
        say(nothing)
        return
    from cohortlab.terminal import Terminal  # noqa: PLC0415 - slow to import, and not needed for nothing

    Terminal().table(heads, cells, boxed=False)
