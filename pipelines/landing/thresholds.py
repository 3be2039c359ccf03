"""Limits the rules of landing rest on: the deployment's own, else the defaults written here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import duckdb

OF_ROWS: Mapping[str, float] = MappingProxyType(
    {
        "price_unusual_ratio": 1.5,
        "price_implausible_ratio": 3.0,
        "unit_fits_low_ratio": 0.5,
        "unit_fits_high_ratio": 1.5,
        "amount_differs_amount": 0.05,
        "amount_differs_ratio": 0.005,
        "amount_wrong_ratio": 0.05,
    }
)
"""Limits rows are judged by; files with amounts are judged again when one of them changes."""

DEFAULTS: Mapping[str, float] = MappingProxyType(
    {
        "quarantine_hold_ratio": 0.10,
        "quarantine_hold_rows": 20,
        "wrong_period_ratio": 0.80,
        **OF_ROWS,
    }
)
"""threshold_id → value, as in `data/reference/threshold.csv`; ids end in their unit."""


def thresholds(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """The limits in force: what `landing.threshold` says, else the default."""
    rows = con.execute("select threshold_id, value from landing.threshold").fetchall()
    stated = {name: float(value) for name, value in rows}
    return {name: stated.get(name, default) for name, default in DEFAULTS.items()}


def row_limits(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """The limits in force that rows are judged by."""
    limits = thresholds(con)
    return {name: limits[name] for name in OF_ROWS}
