"""Limits the rules of landing rest on: the deployment's own, else the defaults written here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import duckdb

DEFAULTS: Mapping[str, float] = MappingProxyType(
    {
        "quarantine_hold_ratio": 0.10,
        "quarantine_hold_rows": 20,
        "wrong_period_ratio": 0.80,
    }
)
"""threshold_id → value, as in `data/reference/threshold.csv`; ids end in their unit."""


def thresholds(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """The limits in force: what `landing.threshold` says, else the default."""
    rows = con.execute("select threshold_id, value from landing.threshold").fetchall()
    stated = {name: float(value) for name, value in rows}
    return {name: stated.get(name, default) for name, default in DEFAULTS.items()}
