"""Dagster at the edge: assets, checks, jobs, schedules and sensors around the pure functions.

Modules with steps do without `from __future__ import annotations`: Dagster reads the types of a
step's arguments when it is defined.
"""
