"""Mutants: sync programs with one realistic planted bug each, which a good set of scenarios must catch.

They are subclasses of a small correct sync that talks to the fakes over HTTP like any other program. To add one:
a subclass in the module it fits, with the bug in its docstring and as little code as shows it.
"""

from __future__ import annotations

from scenarios.mutants.every import all_mutants
from scenarios.mutants.small_sync import SmallSync, SmallSyncSubject, make_small
from scenarios.mutants.strength import FATES, Fate, innocent, strength

__all__ = ["FATES", "Fate", "SmallSync", "SmallSyncSubject", "all_mutants", "innocent", "make_small", "strength"]
