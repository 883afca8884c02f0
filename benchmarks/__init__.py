"""Measurements of time and peak memory; run with `python -m benchmarks` or `make bench`."""
