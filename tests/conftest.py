"""What every test shares: hypothesis without deadlines, so that a busy machine fails nothing; garbage left lying."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

settings.register_profile("lab", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("lab")
gc.set_threshold(100_000, 20, 20)  # as the command line has it: looking for cycles that are not there takes time
