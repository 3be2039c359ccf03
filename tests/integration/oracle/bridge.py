"""The sales bridge from a year ago to now, worked out from the lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.frames import MONEY, PIECES, money
from tests.integration.oracle.growth import (
    ITEM,
    NODE,
    PERIOD,
    PLACES,
    effects,
    in_units,
    returned,
)
from tests.integration.oracle.nodes import UNKNOWN, items
from tests.integration.oracle.sales import sunday_of

BY = [*PERIOD, *NODE, *ITEM]
PROMOTED = ["promotion_pieces", "promotion_amount"]
EXACT = [
    "last_year",
    "calendar",
    "innovation",
    "new",
    "delist",
    "promotion",
    "returns",
    "this_year",
]
ROUNDED = ["distribution", "rate_of_sale", "price", "mix"]
INNOVATION = pl.duration(weeks=52)


def with_promotions(sold: pl.DataFrame, weeks: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    """What was sold, and beside it what promotions brought beyond the baseline.

    Args:
        sold: The `outlet_weeks`.
        weeks: The `promotion_weeks`.
        belongs: The organisation on Sundays.
    """
    told = weeks.drop_nulls("baseline_weeks").with_columns(
        promotion_pieces=_beyond("sold_pieces", "baseline_pieces", PIECES, 3),
        promotion_amount=_beyond("sold_amount", "baseline_amount", MONEY, 2),
    )
    keys = ["week_start_date", "distributor_code", "outlet_code", "sku_code"]
    whose = belongs.select("outlet_code", "day", *PLACES).with_columns(
        pl.col(PLACES).fill_null(UNKNOWN)
    )
    brought = sunday_of(told.select(*keys, *PROMOTED)).join(whose, on=["outlet_code", "day"])
    return pl.concat([sold, brought], how="diagonal")


def _beyond(sold: str, usual: str, kind: pl.DataType, decimals: int) -> pl.Expr:
    rounded = pl.col(usual).round(decimals, mode="half_away_from_zero")
    return pl.col(sold).round(decimals).cast(kind) - rounded.cast(kind)


def sales_bridge(periods: pl.DataFrame, outlets: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """Bars of `marts.sales_bridge`, a column each; some in doubles before they are rounded.

    Args:
        periods: The `sku_periods` with what promotions brought.
        outlets: The `active_outlets`.
        skus: `dim_sku`.
    """
    rows = items(periods, skus, ("all", "category"))
    festival = rows.filter(pl.col("basis") == "festival")
    last_year = (
        rows.filter(pl.col("basis") == "iso")
        .group_by(BY)
        .agg(last_year=pl.col("base_net_amount").sum())
    )
    bars = _exact(without_promotions(festival))
    whole = bars.join(last_year, on=BY, how="full", coalesce=True)
    explained = _explained(without_promotions(festival), outlets)
    told = [name for name in (*EXACT, "base_amount") if name != "calendar"]
    return (
        whole.with_columns(pl.col(told).fill_null(money()))
        .with_columns(calendar=pl.col("base_amount") - pl.col("last_year"))
        .join(explained, on=BY, how="left")
        .with_columns(pl.col(ROUNDED).fill_null(0.0))
        .select(*BY, *EXACT, *ROUNDED)
    )


def without_promotions(rows: pl.DataFrame) -> pl.DataFrame:
    """What would have been sold without promotions, the columns q and v of both sides."""
    return rows.with_columns(
        (pl.col(f"{side}sold_{name}") - pl.col(f"{side}promotion_{name}")).alias(
            f"{side}usual_{name}"
        )
        for side in ("", "base_")
        for name in ("pieces", "amount")
    )


def is_sold(side: str) -> pl.Expr:
    return pl.col(f"{side}usual_pieces") > 0


def _exact(rows: pl.DataFrame) -> pl.DataFrame:
    launched = pl.col("launch_date") > pl.col("period_start_date") - INNOVATION
    is_launch = launched.fill_null(value=False)
    change = pl.col("usual_amount") - pl.col("base_usual_amount")
    is_new = is_sold("") & ~is_sold("base_")
    is_gone = ~is_sold("")
    return rows.group_by(BY).agg(
        this_year=pl.col("net_amount").sum(),
        base_amount=pl.col("base_net_amount").sum(),
        innovation=change.filter(is_new & is_launch).sum(),
        new=change.filter(is_new & ~is_launch).sum(),
        delist=change.filter(is_gone).sum(),
        promotion=(pl.col("promotion_amount") - pl.col("base_promotion_amount")).sum(),
        returns=(returned("") - returned("base_")).sum(),
    )


def _explained(rows: pl.DataFrame, outlets: pl.DataFrame) -> pl.DataFrame:
    continuing = rows.filter(is_sold(""), is_sold("base_")).drop(
        "sold_pieces", "sold_amount", "base_sold_pieces", "base_sold_amount"
    )
    renamed = continuing.rename(
        {
            f"{side}usual_{name}": f"{side}sold_{name}"
            for side in ("", "base_")
            for name in ("pieces", "amount")
        }
    )
    parts = effects(in_units(renamed, BY), BY)
    active = outlets.filter(pl.col("basis") == "festival").drop("basis")
    both = parts.join(active, on=BY, how="left")
    n0, n1 = (pl.col(f"{side}outlet_week_count") for side in ("base_", ""))
    price = (pl.col("v0") / pl.col("q0") + pl.col("v1") / pl.col("q1")) / 2
    rate = (pl.col("q0") / n0 + pl.col("q1") / n1) / 2
    distribution = pl.when(n0 > 0, n1 > 0).then((n1 - n0) * rate * price).otherwise(0.0)
    return both.with_columns(distribution=distribution).select(
        *BY,
        "distribution",
        rate_of_sale=pl.col("midpoint_volume") - pl.col("distribution"),
        price="midpoint_price",
        mix="midpoint_mix",
    )
