"""Dagster at the edge: assets, checks, jobs, schedules and sensors around the pure functions."""
