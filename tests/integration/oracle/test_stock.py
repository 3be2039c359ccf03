"""Stock cover beside its recomputation from counts and lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.frames import differences
from tests.integration.oracle.stock import COUNT, KEYS, covers


def test_cover_is_good_stock_over_what_four_weeks_sold(table: Tables, lines: pl.DataFrame) -> None:
    mart = table("marts.stock_health")
    expected = covers(mart.select(COUNT).unique(), table("marts.fct_stock_snapshot"), lines)
    assert differences(mart, expected, KEYS) == []
