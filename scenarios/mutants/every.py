"""Every mutant there is."""

from __future__ import annotations

from scenarios.mutants import delivering, exporting, hurrying, identifying, mistaking, remembering, telling
from scenarios.mutants.small_sync import SmallSync


def all_mutants() -> list[type[SmallSync]]:
    """Return every mutant, in the order of their modules."""
    found = []
    for module in (telling, identifying, mistaking, exporting, delivering, hurrying, remembering):
        found += [
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, SmallSync) and each.__module__ == module.__name__
        ]
    return found
