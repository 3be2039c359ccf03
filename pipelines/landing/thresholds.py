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
        "partial_resubmission_ratio": 0.50,
        "copy_of_earlier_ratio": 0.95,
        "copy_of_earlier_rows": 20,
        "stock_unchanged_ratio": 0.90,
        "tax_tolerance_ratio": 0.03,
        "tax_rows": 20,
        "outlet_twice_metres": 50,
        "outlet_twice_name_ratio": 0.85,
        "quantity_unusual_sigmas": 6,
        "quantity_unusual_ratio": 4,
        "quantity_unusual_percentile_ratio": 0.995,
        "quantity_spread_floor_log": 0.25,
        "quantity_history_rows": 8,
        "round_numbers_sigmas": 3,
        "round_numbers_rows": 20,
        "history_periods": 8,
        "opening_tolerance_pieces": 0,
        "shelf_life_tolerance_days": 7,
        "usual_rows_periods": 7,
        "usual_rows_missing_ratio": 0.3,
        "usual_rows_missing_codes": 3,
        "always_there_chance_ratio": 0.01,
        "always_there_file_ratio": 0.75,
        "total_low_ratio": 0.4,
        "total_high_ratio": 2.5,
        "total_unusual_sigmas": 5,
        "total_history_periods": 4,
        "total_peers_senders": 5,
        "answers_all_yes_rows": 10,
        "visit_repeats_rows": 10,
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
