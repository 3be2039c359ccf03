"""Numeric and weighted distribution, worked out from lines and the outlet master."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tests.integration.oracle.frames import MONEY, ratio
from tests.integration.oracle.nodes import NODES, at_items, at_nodes, on_day
from tests.integration.oracle.sales import sunday_of

NODE = ["week_start_date", "node_type", "node_code"]
KEYS = [*NODE, "item_level", "item_code"]
POINTS = pl.Decimal(38, 9)
LOOK = ["week_start_date", "outlet_code", "sku_code"]
KINDS: Mapping[str, pl.Expr] = {**NODES, "outlet_class": pl.col("outlet_class")}


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
    of_nodes = at_nodes(trading, KINDS, KINDS)
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


def bought(lines: pl.DataFrame) -> pl.DataFrame:
    """Which outlet bought which SKU in which week."""
    return lines.filter(is_sale()).select(*LOOK, is_handled=pl.lit(value=True))


def checked(checks: pl.DataFrame) -> pl.DataFrame:
    """Which SKU a visit of the week looked for, and whether it was there."""
    told = checks.filter(pl.col("is_present").is_not_null() | is_there()).with_columns(
        week_start_date=pl.col("visit_date").dt.truncate("1w")
    )
    return told.select(*LOOK, is_handled=is_there())


def is_there() -> pl.Expr:
    """Whether a visit found it, on the shelf or in the back room."""
    on_shelf, in_stock = pl.col("is_present"), pl.col("stock_pieces") > 0
    return on_shelf.fill_null(value=False) | in_stock.fill_null(value=False)


def stocked(tills: pl.DataFrame) -> pl.DataFrame:
    """Which SKU an outlet reported the stock of in the week, and whether it had any."""
    told = tills.drop_nulls("on_hand_pieces")
    return told.select(*LOOK, is_handled=pl.col("on_hand_pieces") > 0)


def by_item(looks: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """Whether any SKU of an item was there; an item nobody names has no row."""
    today = skus.filter("is_current").select("sku_code", "brand", "category")
    named = looks.join(today, on="sku_code", how="left")
    told = at_items(named)
    keys = ["week_start_date", "outlet_code", "item_level", "item_code"]
    return told.drop_nulls("item_code").group_by(keys).agg(pl.col("is_handled").any())


def distribution(counted: pl.DataFrame, looks: pl.DataFrame) -> pl.DataFrame:
    """Those that had an item among the outlets that count: all of a node, or all looked at.

    Args:
        counted: The `universe`.
        looks: What was there `by_item`; a row that says it was not makes the outlet looked at.
    """
    keys = ["week_start_date", "outlet_code"]
    weight = pl.col("weight")
    found = (
        counted.join(looks, on=keys)
        .group_by(KEYS)
        .agg(
            numeric_distribution_num=pl.col("is_handled").sum().cast(pl.Int64),
            weighted_distribution_num=weight.filter("is_handled").sum(),
            looked_at=pl.len().cast(pl.Int64),
            looked_at_weight=weight.sum(),
            looked_at_imputed=weight.filter("is_imputed").sum(),
        )
    )
    whole = counted.group_by(NODE).agg(
        outlets=pl.len().cast(pl.Int64),
        outlets_weight=weight.sum(),
        outlets_imputed=weight.filter("is_imputed").sum(),
    )
    return found.join(whole, on=NODE)


def of_all(found: pl.DataFrame) -> pl.DataFrame:
    """Distribution among all outlets of the node: `basis` selling of `marts.distribution`."""
    return _ratios(found, "outlets")


def of_looked_at(found: pl.DataFrame) -> pl.DataFrame:
    """Distribution among the outlets looked at: the other bases of `marts.distribution`."""
    return _ratios(found, "looked_at")


def _ratios(found: pl.DataFrame, base: str) -> pl.DataFrame:
    named = found.select(
        *KEYS,
        "numeric_distribution_num",
        "weighted_distribution_num",
        numeric_distribution_den=base,
        weighted_distribution_den=f"{base}_weight",
        imputed=f"{base}_imputed",
    )
    return named.with_columns(
        numeric_distribution_ratio=ratio("numeric_distribution_num", "numeric_distribution_den"),
        weighted_distribution_ratio=ratio("weighted_distribution_num", "weighted_distribution_den"),
        imputed_weight_ratio=ratio("imputed", "weighted_distribution_den"),
    ).drop("imputed")


def assortment(told: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """`marts.assortment`: points of the SKUs of an item, and over those of the item.

    Args:
        told: The distribution on a basis.
        skus: `dim_sku`.
    """
    today = skus.filter("is_current").select(
        "brand", "category", item_code="sku_code", all=pl.lit("all")
    )
    sold = told.filter(pl.col("item_level") == "sku", pl.col("numeric_distribution_num") > 0).join(
        today, on="item_code"
    )
    points = (pl.col("weighted_distribution_ratio") * 100).round(9, mode="half_away_from_zero")
    sums = pl.concat(
        sold.drop("item_level", "item_code")
        .with_columns(item_level=pl.lit(level), item_code=pl.col(level))
        .drop_nulls("item_code")
        .group_by(KEYS)
        .agg(sku_count=pl.len().cast(pl.Int64), tdp_points=points.cast(POINTS).sum())
        for level in ("brand", "category", "all")
    )
    own = told.select(*KEYS, items_carried_den=points.cast(POINTS))
    return sums.join(own, on=KEYS).with_columns(
        items_carried_skus=ratio("tdp_points", "items_carried_den")
    )
