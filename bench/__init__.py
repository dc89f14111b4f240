"""Reproducible benchmarks; see bench/run."""
