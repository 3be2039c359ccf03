"""Sell-out beside its recomputation from the lines."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.integration.oracle.conftest import Tables
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
