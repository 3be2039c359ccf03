"""Numeric and weighted distribution, worked out from lines and the outlet master."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.frames import MONEY, ratio
from tests.integration.oracle.nodes import at_nodes, on_day
from tests.integration.oracle.sales import sunday_of

NODE = ["week_start_date", "node_type", "node_code"]
KEYS = [*NODE, "item_level", "item_code"]


def open_outlets(
    weeks: pl.DataFrame, lines: pl.DataFrame, outlets: pl.DataFrame, belongs: pl.DataFrame
) -> pl.DataFrame:
    """Known outlets open in a week, with whom they belonged to on its Sunday and their weight.

    Args:
        weeks: Mondays, the column week_start_date.
        lines: `fct_sellout_line`.
        outlets: `dim_outlet`.
        belongs: The organisation on the Sunday of every week, for every outlet.
    """
    seen = lines.group_by("outlet_code").agg(first_week=pl.col("week_start_date").min())
    every = on_day(sunday_of(weeks).join(outlets.filter(~pl.col("is_unknown")), how="cross"))
    is_open = (
        (pl.col("outlet_status").fill_null(pl.lit("")) != "closed")
        & (pl.col("open_date").fill_null(pl.col("day")) <= pl.col("day"))
        & (pl.col("close_date").fill_null(pl.col("day")) >= pl.col("week_start_date"))
        & ((pl.col("source") == "master") | (pl.col("first_week") <= pl.col("week_start_date")))
    )
    trading = every.join(seen, on="outlet_code", how="left").filter(is_open)
    told = trading.select("week_start_date", "day", "outlet_code", "category_sales_amount")
    return _weighed(told.join(belongs, on=["outlet_code", "day"]))


def _weighed(trading: pl.DataFrame) -> pl.DataFrame:
    """Missing weights by the median of channel and class, of the channel, of all."""
    weight = pl.col("category_sales_amount").cast(pl.Float64)
    like = (
        ["week_start_date", "channel", "outlet_class"],
        ["week_start_date", "channel"],
        ["week_start_date"],
    )
    medians = [weight.median().over(keys) for keys in like]
    return trading.with_columns(
        weight=pl.coalesce(weight, *medians).round(2, mode="half_away_from_zero").cast(MONEY),
        is_imputed=weight.is_null(),
    )


def universe(trading: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Outlets that count for each node of a week.

    A distributor that no outlet was assigned to has those it ever sold to.
    """
    of_nodes = at_nodes(trading, ("region", "city", "channel", "distributor"))
    assigned = trading["distributor_code"].drop_nulls().unique().implode()
    first = (
        lines.filter(is_sale(), ~pl.col("distributor_code").is_in(assigned))
        .group_by("distributor_code", "outlet_code")
        .agg(first_week=pl.col("week_start_date").min())
    )
    ever = trading.drop("distributor_code").join(first, on="outlet_code")
    ever = ever.filter(pl.col("first_week") <= pl.col("week_start_date"))
    return pl.concat(
        [
            of_nodes.select(*NODE, "outlet_code", "weight", "is_imputed"),
            at_nodes(ever, ("distributor",)).select(*NODE, "outlet_code", "weight", "is_imputed"),
        ]
    )


def is_sale() -> pl.Expr:
    return (pl.col("doc_type") == "sale") & (pl.col("quantity_pieces") > 0)


def handled(lines: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """Which outlet bought which item in which week, from whom."""
    brands = skus.filter("is_current").select("sku_code", "brand")
    bought = lines.filter(is_sale()).join(brands, on="sku_code", how="left")
    levels = {"sku": pl.col("sku_code"), "brand": pl.col("brand"), "all": pl.lit("all")}
    told = (
        bought.select(
            "week_start_date",
            "distributor_code",
            "outlet_code",
            item_level=pl.lit(level),
            item_code=code,
        )
        for level, code in levels.items()
    )
    return pl.concat(told).drop_nulls("item_code").unique()


def distribution(counted: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """`marts.distribution` by what was sold, at nodes with a universe.

    Args:
        counted: The `universe`.
        bought: What outlets `handled`.
    """
    whole = counted.group_by(NODE).agg(
        numeric_distribution_den=pl.len().cast(pl.Int64),
        weighted_distribution_den=pl.col("weight").sum(),
        imputed=pl.col("weight").filter("is_imputed").sum(),
        has_weight=pl.col("weight").is_not_null().any(),
    )
    items = bought.select("week_start_date", "outlet_code", "item_level", "item_code").unique()
    having = (
        counted.join(items, on=["week_start_date", "outlet_code"])
        .group_by(KEYS)
        .agg(
            numeric_distribution_num=pl.len().cast(pl.Int64),
            weighted_distribution_num=pl.col("weight").sum(),
        )
    )
    return _ratios(having.join(whole, on=NODE))


def _ratios(parts: pl.DataFrame) -> pl.DataFrame:
    names = ["weighted_distribution_num", "weighted_distribution_den"]
    known = parts.with_columns(pl.when("has_weight").then(pl.col(names)))
    return known.with_columns(
        numeric_distribution_ratio=ratio("numeric_distribution_num", "numeric_distribution_den"),
        weighted_distribution_ratio=ratio(*names),
        imputed_weight_ratio=ratio("imputed", "weighted_distribution_den"),
        status=pl.when("has_weight").then(pl.lit("ok")).otherwise(pl.lit("no_weight")),
    ).drop("imputed", "has_weight")
