"""What a test holds in its hand: a fresh lab, and profiles that say what is nearest when something is missing."""

from __future__ import annotations

from cohortlab.testing.lab import Lab
from cohortlab.testing.report import what_it_saw
from cohortlab.testing.standstill import ClockStandsStill
from cohortlab.testing.told import MissingTrait, Profile, Profiles, Segment, Traits

__all__ = ["ClockStandsStill", "Lab", "MissingTrait", "Profile", "Profiles", "Segment", "Traits", "what_it_saw"]
