"""What a test holds in its hand: a fresh lab, and profiles that say what is nearest when something is missing."""

from __future__ import annotations

from cohortlab.testing.lab import Lab
from cohortlab.testing.told import MissingTrait, Profile, Profiles, Segment, Traits

__all__ = ["Lab", "MissingTrait", "Profile", "Profiles", "Segment", "Traits"]
