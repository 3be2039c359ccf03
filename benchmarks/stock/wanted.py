"""What the stock models want of every SKU, at several service levels over one forecast."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from benchmarks.forecast.region import Region, place
from pipelines.transform import manifest_path

BY_LEVEL = ("int_stock_spread", "int_stock_ahead")
MODELS = [
    "int_forecast_*",
    "forecast",
    "int_supply",
    "int_stock_layer",
    "int_stock_batch_week",
    "int_stock_position",
    "int_inbound",
    "int_stock_demand",
    *BY_LEVEL,
]
"""From demand and counts to what is wanted."""
SUPPLY = """
    select distinct
        distributor_code,
        $lead_days as lead_time_days,
        0 as lead_time_sd_days,
        7 as review_days,
        true as is_current
    from marts.fct_stock_snapshot"""
WANTED = """
    select
        cast($level as double) as level,
        distributor_code,
        sku_code,
        supply_demand_pieces::double as expected,
        order_up_to_pieces::double as wanted
    from intermediate.int_stock_ahead
    where week_start_date = $as_of - 6"""


def put_counts(region: Region, as_of: date, counts: str, lead_days: int) -> None:
    """Put counts in place, and that every distributor orders once a week.

    Args:
        region: Its demand is in place, or built with `MODELS`.
        as_of: A Sunday.
        counts: SQL with week_start_date, distributor_code, sku_code and pieces; what is there on
            the Sunday of the week. It may read files.
        lead_days: From an order to its arrival.
    """
    rows = f"""
        select
            week_start_date + 6 as snapshot_date,
            week_start_date,
            distributor_code,
            'W' as warehouse_code,
            sku_code,
            'good' as stock_status,
            pieces as quantity_pieces
        from ({counts})
        where week_start_date + 6 <= $as_of"""
    with region.open(as_of) as con:
        place(con, "marts.fct_stock_snapshot", rows, as_of=as_of)
        place(con, "marts.dim_distributor", SUPPLY, lead_days=lead_days)


def wanted(region: Region, as_of: date, levels: Iterable[float]) -> pl.DataFrame:
    """What is wanted of each SKU counted on a Sunday, at each service level; `MODELS` are built.

    Only the two models that know the level run again, by the SQL dbt made of them.

    Returns:
        level, distributor_code, sku_code; expected: pieces until the delivery after the next order,
        wanted: these and safety stock. What nothing is expected of has no row.
    """
    compiled = manifest_path(region.settings(as_of)).parent / "compiled/daqu/models/intermediate"
    found = []
    with region.open(as_of) as con:
        for level in levels:
            con.execute(
                "update intermediate.int_threshold_applied set service_level_ratio = ?", [level]
            )
            for model in BY_LEVEL:
                sql = (compiled / f"{model}.sql").read_text(encoding="utf-8")
                con.execute(f"create or replace table intermediate.{model} as {sql}")
            known = {"level": level, "as_of": as_of}
            found.append(con.sql(WANTED, params=known).pl())
    return pl.concat(found)
