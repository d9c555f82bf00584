"""Where things lie that tests read or start, and that no wheel has."""

from __future__ import annotations

import os
from pathlib import Path

SUITE = Path(__file__).parents[1]  # where `tests` can be imported
ROOT = Path(os.environ.get("COHORTLAB_REPOSITORY") or SUITE)  # documents, examples, sources: see building/suite.py
