"""Profit and loss, trade spend, landing and targets beside their recomputation."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.finance import (
    ITEM_KEYS,
    SPEND_KEYS,
    pnl_cells,
    pnl_month,
    trade_spend,
)
from tests.integration.oracle.frames import differences, says_nothing
from tests.integration.oracle.sales import sales_month
from tests.integration.oracle.targets import (
    NODE,
    PERIOD,
    TARGET_KEYS,
    achievements,
    landing,
    landing_cells,
)


@pytest.fixture(scope="session")
def cells(table: Tables, skus: pl.DataFrame) -> pl.DataFrame:
    return pnl_cells(table("marts.fct_sellin_line"), table("marts.fct_claim_line"), skus)


@pytest.fixture(scope="session")
def profit(
    table: Tables, cells: pl.DataFrame, skus: pl.DataFrame, limits: dict[str, Any]
) -> pl.DataFrame:
    tables = [table(f"marts.{name}") for name in ("fct_budget", "dim_distributor")]
    most_uncosted = float(limits["uncosted_max_ratio"])
    return pnl_month(cells, *tables, skus, table("marts.dim_geo"), most_uncosted)


def test_profit_and_loss_is_what_invoices_claims_and_budget_say(
    table: Tables, profit: pl.DataFrame
) -> None:
    assert differences(table("marts.pnl_month"), profit, ITEM_KEYS) == []


def test_trade_spend_is_what_was_claimed_of_sales(
    table: Tables, lines: pl.DataFrame, cells: pl.DataFrame
) -> None:
    mart = table("marts.trade_spend")
    expected = trade_spend(table("marts.fct_claim_line"), lines, cells)
    told = mart.join(expected, on=SPEND_KEYS, how="semi")
    assert differences(told, expected, SPEND_KEYS) == []
    bases = [name for name in mart.columns if name.endswith("_den")]
    assert says_nothing(mart.drop(bases), expected, SPEND_KEYS)


def test_month_and_quarter_land_at_what_is_sold_and_forecast(
    table: Tables, lines: pl.DataFrame, belongs: pl.DataFrame, today: date
) -> None:
    days, targets = table("marts.dim_date"), table("marts.fct_target")
    cells = landing_cells(lines, belongs, days, _expected(table), today)
    expected = landing(cells, days, targets, today)
    # the recomputation has no node for outlets nobody is assigned to
    mart = table("marts.landing").filter(pl.col("node_code") != "UNKNOWN")
    expected = expected.filter(pl.col("node_code") != "UNKNOWN")
    keys = [*PERIOD, *NODE]
    assert says_nothing(mart.drop("remaining_workdays"), expected, keys)
    told = mart.join(expected, on=keys, how="semi")
    assert differences(told, expected, keys) == []


def _expected(table: Tables) -> pl.DataFrame:
    """The forecast, and what weeks that were not reported are taken to have sold."""
    weeks = table("intermediate.int_forecast_week").select("week_no", "week_start_date")
    names = ["distributor_code", "sku_code", "week_start_date", "expected_pieces"]
    forecast = (
        table("intermediate.int_forecast_leaf").filter("is_to_come").join(weeks, on="week_no")
    )
    late = table("marts.demand_week").filter(pl.col("mark").is_in(["unreported", "partial"]))
    missing = pl.col("demand_pieces") - pl.col("sold_pieces").fill_null(0)
    return pl.concat(
        [
            forecast.select(*names[:3], expected_pieces=pl.col("forecast_pieces").cast(pl.Float64)),
            late.select(*names[:3], expected_pieces=missing.cast(pl.Float64)),
        ]
    )


def test_targets_of_figures_that_add_up_are_held_against_what_was_sold(
    table: Tables,
    lines: pl.DataFrame,
    belongs: pl.DataFrame,
    skus: pl.DataFrame,
    profit: pl.DataFrame,
    today: date,
) -> None:
    sold = sales_month(lines, belongs, skus, pl.lit(today))
    actuals = [
        _actuals(sold.filter(pl.col("assignment_basis") == "as_was"), "sellout_net_amount"),
        _actuals(profit, "nsv_amount"),
    ]
    targets = table("marts.fct_target")
    days = table("marts.dim_date")
    expected = achievements(targets, pl.concat(actuals), days, today).drop("gone", "workdays")
    of_metrics = pl.col("metric_id").is_in(["sellout_net_amount", "nsv_amount"])
    mart = table("marts.target_achievement").filter(of_metrics)
    assert differences(mart, expected, TARGET_KEYS) == []


def _actuals(told: pl.DataFrame, metric: str) -> pl.DataFrame:
    return told.select(
        *NODE,
        "item_level",
        "item_code",
        target_month="month_start_date",
        metric_id=pl.lit(metric),
        actual_value=pl.col(metric).cast(pl.Float64),
    )
