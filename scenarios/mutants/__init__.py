"""Mutants: sync programs with one realistic planted bug each, which a good set of scenarios must catch.

They are subclasses of a small correct sync that talks to the fakes over HTTP like any other program. To add one:
a subclass in the module it fits, with the bug in its docstring and as little code as shows it.
"""

from __future__ import annotations

from scenarios.mutants.small_sync import SmallSync, SmallSyncSubject, make_small

__all__ = ["SmallSync", "SmallSyncSubject", "all_mutants", "make_small"]


def all_mutants() -> list[type[SmallSync]]:
    """Return every mutant, in the order of their modules."""
    from scenarios.mutants import (  # noqa: PLC0415
        delivering,
        exporting,
        hurrying,
        identifying,
        mistaking,
        remembering,
        telling,
    )

    found = []
    for module in (telling, identifying, mistaking, exporting, delivering, hurrying, remembering):
        found += [
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, SmallSync) and each.__module__ == module.__name__
        ]
    return found
