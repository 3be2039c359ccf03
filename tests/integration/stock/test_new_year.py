"""What sold lately misses the stock-out before the New Year and the glut after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.integration.compiled import AS_OF, Compiled
from tests.integration.stock.counts import ORIGIN, SKU, WEEK, monday

EVEN = [100, 105, 105, 110]
"""Pieces a week when nobody thinks of the New Year yet: 105 in the mean."""
RUSH = [170, 200, 250, 380, 300]
"""The five weeks before it; the first four are 250 in the mean."""
AFTER = [60, 20, 50, 70, 80, 80, 80, 80, 80, 80, 80, 80]
"""Its week, then shops sell what they bought before it."""
SELLS = EVEN + RUSH + AFTER

COUNTS = {"five_weeks_before": (420, len(EVEN)), "one_week_before": (900, len(EVEN) + 4)}
"""Pieces there, and weeks of SELLS that are over, by the distributor that counts."""


def test_the_forecast_sees_what_the_last_weeks_do_not(compiled: Compiled) -> None:
    # 420 / 105 = 4.0 weeks looking back; 170 + 200 = 370 go in two weeks, 50 of the 250 of the
    # third are left: 2.2. Goods ordered now come after two weeks, those of next week after three:
    # by then 620 - 420 = 200 are missed.
    # 900 / 250 = 3.6 weeks looking back; 300 + 60 + 20 + 50 + 70 + 5 x 80 = 900 is ten weeks. In
    # the eight that are allowed 740 go: 160 too many.
    ahead, back = _health(compiled, is_forecast=True), _health(compiled, is_forecast=False)
    assert [ahead[code]["trailing_cover_weeks"] for code in COUNTS] == [4.0, 3.6]
    assert [ahead[code]["cover_weeks"] for code in COUNTS] == pytest.approx([2.2, 10.0])
    assert [ahead[code]["state"] for code in COUNTS] == ["RISK", "OVER"]
    assert ahead["five_weeks_before"]["lost_pieces"] == 200
    assert ahead["one_week_before"]["excess_pieces"] == 160

    assert [back[code]["verdict_basis"] for code in COUNTS] == ["trailing", "trailing"]
    assert [back[code]["state"] for code in COUNTS] == ["OK", "OK"]


def _health(compiled: Compiled, *, is_forecast: bool) -> dict[str, dict[str, Any]]:
    """Rows of the mart by distributor, with what comes known or only what was."""
    codes = pl.DataFrame({"distributor_code": list(COUNTS)})
    position = codes.with_columns(
        week_start_date=pl.lit(monday(AS_OF)),
        snapshot_date=pl.lit(AS_OF),
        demand_week_start_date=pl.lit(monday(AS_OF)),
        sku_code=pl.lit(SKU),
        is_latest=True,
        is_demand_known=True,
        good_pieces=pl.Series([stock for stock, _ in COUNTS.values()]),
        near_expiry_pieces=0,
        mean_weekly_pieces=pl.Series(
            [sum(SELLS[over - 4 : over]) / 4 for _, over in COUNTS.values()]
        ),
    )
    forecast = pl.DataFrame(
        [
            {
                "distributor_code": code,
                "sku_code": SKU,
                "week_start_date": ORIGIN + WEEK * number,
                "final_pieces": pieces,
            }
            for code, (_, over) in COUNTS.items()
            for number, pieces in enumerate(SELLS[over : over + 13])
        ]
    )
    limits = {
        "service_level_ratio": 0.95,
        "trade_rsl_min_ratio": 0.333,
        "blind_after_days": 8,
        "cover_weeks_low": 2,
        "cover_weeks_high": 8,
        "carry_rate_ratio": 0.12,
        "salvage_ratio": 0,
        "phantom_chance_max_ratio": 0.01,
    }
    supply = {"lead_days": 14, "supply_days": 21, "supply_weeks": 3, "lead_sd_weeks": 0}
    sku = {"sku_code": SKU, "is_current": True, "list_price_per_piece": 3, "std_cost_per_piece": 2}
    given = {
        "int_forecast_origin": pl.DataFrame([{"origin_no": 0, "origin_week_start_date": ORIGIN}]),
        "dim_week": pl.DataFrame({"week_start_date": [ORIGIN - timedelta(weeks=1), ORIGIN]}),
        "stg_forecast_cycle": pl.DataFrame(
            schema={"cycle_week_start_date": pl.Date, "week_start_date": pl.Date}
        ),
        "int_stock_position": position,
        "forecast": forecast if is_forecast else forecast.clear(),
        "int_threshold_applied": pl.DataFrame([limits]),
        "int_supply": codes.with_columns(**{name: pl.lit(n) for name, n in supply.items()}),
        "dim_sku": pl.DataFrame([sku]),
    }
    rows = compiled.run("int_stock_demand", "int_stock_ahead", "stock_health", given=given)
    return {row["distributor_code"]: row for row in rows.to_dicts()}
