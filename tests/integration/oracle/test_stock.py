"""Stock cover beside its recomputation from counts and lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.frames import differences
from tests.integration.oracle.stock import COUNT, KEYS, covers


def test_cover_is_good_stock_over_what_four_weeks_sold(table: Tables, lines: pl.DataFrame) -> None:
    mart = table("marts.stock_health")
    expected = covers(mart.select(COUNT).unique(), table("marts.fct_stock_snapshot"), lines)
    assert differences(mart.join(expected, on=KEYS, how="semi"), expected, KEYS) == []


def test_what_was_neither_counted_nor_sold_is_there_because_it_is_asked_for(
    table: Tables, lines: pl.DataFrame
) -> None:
    mart = table("marts.stock_health")
    known = covers(mart.select(COUNT).unique(), table("marts.fct_stock_snapshot"), lines)
    asked_for = mart.join(known, on=KEYS, how="anti")
    forecast = table("marts.forecast").filter(pl.col("final_pieces") > 0)
    assert not asked_for.is_empty()
    assert asked_for["is_latest"].all()
    assert asked_for["good_stock_pieces"].max() == 0
    assert asked_for.join(forecast, on=["distributor_code", "sku_code"], how="anti").is_empty()
