"""Whom an outlet belonged to, and the nodes and items a cell is summed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

UNKNOWN = pl.lit("UNKNOWN")
PLACE = ["city", "channel", "banner", "outlet_class"]
PEOPLE = ["distributor_code", "rep_code", "supervisor_code"]
NODES: Mapping[str, pl.Expr] = {
    "region": pl.lit("all"),
    "province": pl.col("province"),
    "city": pl.col("city"),
    "channel": pl.col("channel"),
    "banner": pl.col("banner"),
    "distributor": pl.col("distributor_code"),
    "supervisor": pl.col("supervisor_code"),
    "rep": pl.col("rep_code"),
}
ITEMS: Mapping[str, pl.Expr] = {
    "all": pl.lit("all"),
    "category": pl.col("category"),
    "brand": pl.col("brand"),
    "sku": pl.col("sku_code"),
}


def on_day(spans: pl.DataFrame, day: str = "day") -> pl.DataFrame:
    """Rows whose half-open span of validity holds the day."""
    return spans.filter(pl.col(day).is_between("valid_from", "valid_to", closed="left"))


def organisation(
    outlets: pl.DataFrame, assignments: pl.DataFrame, places: pl.DataFrame, days: pl.DataFrame
) -> pl.DataFrame:
    """Whom each outlet belonged to on each day asked for.

    Its own assignment goes before that of its city, and that before the outlet master; what is
    known from sales alone belongs to nobody.

    Args:
        outlets: `dim_outlet`.
        assignments: `stg_assignment`.
        places: `dim_geo`.
        days: Outlets and days, the columns outlet_code and day.
    """
    days = days.select("outlet_code", "day").unique()
    master = on_day(days.join(outlets, on="outlet_code")).with_columns(
        distributor_code=pl.when(pl.col("source") == "master").then("distributor_code")
    )
    master = master.select("outlet_code", "day", *PLACE, "is_unknown", master="distributor_code")
    of_distributors = assignments.filter(pl.col("role") == "distributor")
    spans = of_distributors.select("outlet_code", "city", *PEOPLE, "valid_from", "valid_to")
    own = on_day(days.join(spans.drop("city"), on="outlet_code"))
    of_city = spans.filter(pl.col("outlet_code").is_null()).drop("outlet_code")
    by_city = on_day(master.select("outlet_code", "day", "city").join(of_city, on="city"))
    keys = ["outlet_code", "day"]
    assigned = pl.concat(
        [own.select(*keys, *PEOPLE), by_city.join(own, on=keys, how="anti").select(*keys, *PEOPLE)]
    )
    return (
        master.join(assigned, on=keys, how="left")
        .join(places.select("city", "province"), on="city", how="left")
        .with_columns(pl.coalesce("distributor_code", "master").alias("distributor_code"))
        .with_columns(pl.col("province", *PLACE).fill_null(UNKNOWN))
        .drop("master")
    )


def items(cells: pl.DataFrame, skus: pl.DataFrame, levels: Iterable[str] = ITEMS) -> pl.DataFrame:
    """Cells once for every level of item they belong to, by what the master says today."""
    today = skus.filter("is_current").select("sku_code", "brand", "category")
    named = cells.join(today, on="sku_code", how="left").with_columns(
        pl.col("brand", "category").fill_null(UNKNOWN)
    )
    return at_items(named, levels)


def at_items(named: pl.DataFrame, levels: Iterable[str] = ITEMS) -> pl.DataFrame:
    """Cells with their category, brand and SKU, once for every level of item."""
    return pl.concat(
        named.with_columns(item_level=pl.lit(level), item_code=ITEMS[level]) for level in levels
    )


def at_nodes(
    cells: pl.DataFrame, kinds: Iterable[str] = NODES, keys: Mapping[str, pl.Expr] = NODES
) -> pl.DataFrame:
    """Cells once for every node they belong to; a cell without one of a kind is left out there."""
    told = (
        cells.with_columns(node_type=pl.lit(kind), node_code=keys[kind]).filter(
            pl.col("node_code").is_not_null()
        )
        for kind in kinds
    )
    return pl.concat(told)
