"""Measurements, never tests: each `bench_*.py` yields figures, `python -m benchmarks` prints them all."""
