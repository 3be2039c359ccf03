"""Sell-out and distribution beside their recomputation from the lines."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.distribution import (
    KEYS,
    distribution,
    handled,
    open_outlets,
    universe,
)
from tests.integration.oracle.frames import differences
from tests.integration.oracle.sales import MONTH_KEYS, WEEK_KEYS, sales_month, sales_week

# the long tables of places are not told by SKU
NOT_BY_SKU = ("province", "city", "banner")


def test_sales_week_is_what_the_lines_say(
    table: Tables, lines: pl.DataFrame, belongs: pl.DataFrame
) -> None:
    expected = sales_week(lines, belongs)
    assert differences(table("marts.sales_week"), expected, WEEK_KEYS) == []


def test_sales_month_is_what_the_lines_say_then_and_as_assigned_today(
    table: Tables, lines: pl.DataFrame, belongs: pl.DataFrame, skus: pl.DataFrame, today: date
) -> None:
    told = sales_month(lines, belongs, skus, pl.lit(today))
    is_told = (pl.col("item_level") != "sku") | ~pl.col("node_type").is_in(NOT_BY_SKU)
    assert differences(table("marts.sales_month"), told.filter(is_told), MONTH_KEYS) == []


def test_distribution_is_who_bought_among_those_open(
    table: Tables, lines: pl.DataFrame, belongs: pl.DataFrame, skus: pl.DataFrame
) -> None:
    weeks = lines.select("week_start_date").unique()
    counted = universe(open_outlets(weeks, lines, table("marts.dim_outlet"), belongs), lines)
    expected = distribution(counted, handled(lines, skus))
    kinds = expected.select("node_type", "item_level").unique()
    mart = table("marts.distribution").filter(pl.col("basis") == "selling")
    mart = mart.join(kinds, on=["node_type", "item_level"], how="semi")
    is_bought = pl.col("numeric_distribution_num") > 0
    assert differences(mart.filter(is_bought), expected, KEYS) == []
    # what only outlets outside the universe bought has the universe of its node
    wholes = expected.group_by(KEYS[:3]).agg(
        pl.col("numeric_distribution_den", "weighted_distribution_den").first()
    )
    others = mart.filter(~is_bought, pl.col("numeric_distribution_den") > 0)
    beside = others.select(KEYS).join(wholes, on=KEYS[:3])
    assert differences(others, beside, KEYS) == []
