"""Sell-out by week and by month, worked out from the lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.frames import PIECES, money, ratio
from tests.integration.oracle.nodes import UNKNOWN, at_nodes, items

WEEK_KEYS = ["week_start_date", "distributor_code", "city", "channel", "sku_code"]
MONTH_KEYS = [
    "month_start_date",
    "assignment_basis",
    "node_type",
    "node_code",
    "item_level",
    "item_code",
]
A_YEAR = pl.duration(days=364)
IS_RETURN = pl.col("doc_type") == "return"


def total(column: str) -> pl.Expr:
    """Sum that stays null where nothing was said at all."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum())


def sunday_of(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(day=pl.col("week_start_date") + pl.duration(days=6))


def sales_week(lines: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    """`marts.sales_week`: what was sold, beside the week 364 days earlier.

    Args:
        lines: `fct_sellout_line`.
        belongs: The organisation on the Sunday of every week.
    """
    cells = sunday_of(lines).join(
        belongs.select("outlet_code", "day", "city", "channel", "is_unknown"),
        on=["outlet_code", "day"],
    )
    zero_pieces, is_sale = pl.lit(0).cast(PIECES), pl.col("doc_type") == "sale"
    bought = is_sale & (pl.col("quantity_pieces") > zero_pieces) & ~pl.col("is_unknown")
    sold = cells.group_by(WEEK_KEYS).agg(
        sellout_pieces=pl.col("quantity_pieces").sum(),
        sellout_net_amount=total("net_amount"),
        return_pieces=pl.col("quantity_pieces").filter(IS_RETURN).sum(),
        return_net_amount=pl.col("net_amount").filter(IS_RETURN).sum(),
        free_pieces=pl.col("quantity_pieces").filter(pl.col("doc_type") == "free").sum(),
        line_count=pl.len().cast(pl.Int64),
        active_outlet_count=pl.col("outlet_code").filter(bought).n_unique().cast(pl.Int64),
    )
    return _beside_last_year(sold)


def _beside_last_year(sold: pl.DataFrame) -> pl.DataFrame:
    weeks = sold.select("week_start_date").unique()
    then = sold.select(
        pl.col("week_start_date") + A_YEAR,
        *WEEK_KEYS[1:],
        last_year_pieces="sellout_pieces",
        last_year_net_amount="sellout_net_amount",
    ).join(weeks, on="week_start_date")
    both = sold.join(then, on=WEEK_KEYS, how="full", coalesce=True)
    has_base = (pl.col("week_start_date") - A_YEAR).is_in(weeks["week_start_date"].implode())
    zero = money()
    amount, base = pl.col("sellout_net_amount"), pl.col("last_year_net_amount")
    return (
        both.with_columns(
            pl.col("sellout_pieces", "return_pieces", "free_pieces").fill_null(
                pl.lit(0).cast(PIECES)
            ),
            pl.col("return_net_amount").fill_null(zero),
            pl.col("line_count", "active_outlet_count").fill_null(0),
            pl.when(pl.col("line_count").is_null())
            .then(zero)
            .otherwise(amount)
            .alias(amount.meta.output_name()),
        )
        .with_columns(
            yoy_iso_num=pl.when(has_base).then(amount - base.fill_null(zero)),
            yoy_iso_den=pl.when(has_base).then(base.fill_null(zero)),
        )
        .with_columns(yoy_iso_ratio=ratio("yoy_iso_num", "yoy_iso_den"))
        .with_columns(
            status=pl.when(pl.col("yoy_iso_ratio").is_null())
            .then(pl.lit("no_base"))
            .otherwise(pl.lit("ok"))
        )
    )


def sales_month(
    lines: pl.DataFrame, belongs: pl.DataFrame, skus: pl.DataFrame, today: pl.Expr
) -> pl.DataFrame:
    """`marts.sales_month`: by whom outlets belonged to on the day, and belong to today.

    Args:
        lines: `fct_sellout_line`.
        belongs: The organisation on every day of a line, and today.
        skus: `dim_sku`.
        today: The as-of day.
    """
    sold = lines.with_columns(month_start_date=pl.col("sold_date").dt.truncate("1mo"))
    keys = ["outlet_code", "day"]
    was = sold.with_columns(day=pl.col("sold_date")).join(belongs.drop("distributor_code"), on=keys)
    now = (
        sold.with_columns(day=today)
        .join(belongs, on=keys, suffix="_now")
        .with_columns(distributor_code=pl.coalesce("distributor_code_now", "distributor_code"))
    )
    both = pl.concat(
        [
            was.with_columns(assignment_basis=pl.lit("as_was")),
            now.with_columns(assignment_basis=pl.lit("as_is")),
        ],
        how="diagonal",
    )
    cells = both.with_columns(pl.col("supervisor_code", "rep_code").fill_null(UNKNOWN))
    return (
        at_nodes(items(cells, skus))
        .group_by(MONTH_KEYS)
        .agg(
            sellout_pieces=pl.col("quantity_pieces").sum(),
            sellout_net_amount=total("net_amount"),
            return_net_amount=pl.col("net_amount").filter(IS_RETURN).sum(),
        )
    )
