"""What a build costs, each in a process of its own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.apart import apart
from pipelines import transform
from pipelines.settings import Settings

BY_TOUCHED_DATES = ("fct_sellout_line", "int_sellout_outlet_sku_week")
TURNS = 3
"""A small build is done so often; its median counts."""


@dataclass(frozen=True)
class Cost:
    """What a build took.

    Attributes:
        sql_seconds: The models built by touched dates.
        test_seconds: Their data tests.
        seconds: The build as a whole, dbt's start included.
        peak_mb: Most memory the process took.
    """

    sql_seconds: float
    test_seconds: float
    seconds: float
    peak_mb: float


def built(home: Path, *, full_refresh: bool = False, whole: bool = False) -> Cost:
    """Build the models by touched dates, or all of them, in a process of its own."""
    seconds, peak_mb = apart(_build, home, full_refresh, whole)
    cost = Cost(*seconds, peak_mb)
    print(home.name, cost, file=sys.stderr, flush=True)
    return cost


def _build(home: Path, full_refresh: bool, whole: bool) -> tuple[float, float, float]:
    """Seconds of the models by touched dates, of their tests, and of it all."""
    began = time.perf_counter()
    settings = Settings.load(home)
    select = None if whole else [f"+{name}" for name in BY_TOUCHED_DATES]
    result = transform.build(settings, select=select, full_refresh=full_refresh)
    if result.broken:
        sys.exit("\n".join(f"{node.name}: {node.message}" for node in result.broken))
    of = [node for node in result.results if node.name.startswith(BY_TOUCHED_DATES)]
    return (
        sum(node.seconds for node in of if node.resource_type == "model"),
        sum(node.seconds for node in of if node.resource_type == "test"),
        time.perf_counter() - began,
    )


def small_build(home: Path) -> Cost:
    """The median of a build of what is marked, done some times over; then the marks go."""
    costs = sorted((built(home) for _ in range(TURNS)), key=lambda cost: cost.sql_seconds)
    forget_marks(home)
    return costs[TURNS // 2]


def forget_marks(home: Path) -> None:
    """What a build of all models does at its end: nothing is marked as changed any more."""
    with duckdb.connect(str(Settings.load(home).warehouse_file)) as con:
        con.execute("delete from landing.touched_date")
