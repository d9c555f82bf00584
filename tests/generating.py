"""How long to look for trouble: what a soak sets, and every run of the tests does once."""

from __future__ import annotations

import os
from typing import Final

EXAMPLES: Final = int(os.environ.get("COHORTLAB_SOAK", "1"))
"""Times as many generated cases as usual; `make soak` asks for many."""
