"""One forecast taken apart: what it is made of, what was sold before, how wrong it was so far."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.errors import ConfigError
from pipelines.publishing import current
from pipelines.settings import Settings

WEEKS_BEFORE = 104
FORECAST = """
    select * from marts.forecast
    where distributor_code = $distributor and sku_code = $sku
    order by week_start_date"""
HISTORY = """
    select week_start_date, sold_pieces, demand_pieces, promotion_pieces, mark
    from marts.demand_week
    where distributor_code = $distributor and sku_code = $sku
    order by week_start_date"""
EVIDENCE = """
    select method, forecast_count, backtest_wape_ratio, backtest_bias_ratio, is_champion
    from marts.forecast_backtest
    where series_level = 'sku' and category = $category and demand_class = $demand_class
    order by backtest_wape_ratio nulls last, method"""


@dataclass(frozen=True)
class Explained:
    """Everything there is to say about the forecast of a distributor's SKU.

    Attributes:
        distributor_code: Whose.
        sku_code: Of what.
        forecast: Rows of `marts.forecast`, a week each.
        history: Rows of `marts.demand_week` of two years; weeks without a row sold nothing.
        evidence: How wrong each method was in the segment, the best first.
    """

    distributor_code: str
    sku_code: str
    forecast: pl.DataFrame
    history: pl.DataFrame
    evidence: pl.DataFrame


def explain_forecast(settings: Settings, distributor: str, sku: str) -> Explained:
    """Read what the published snapshot says of one forecast.

    Args:
        settings: The deployment.
        distributor: Code of the distributor.
        sku: Code of the SKU.

    Raises:
        ConfigError: Nothing is published, or nothing is known of that SKU of that distributor.
    """
    shown = current(settings)
    if shown is None:
        raise ConfigError("Nothing is published yet: daqu run", "尚未发布：daqu run")
    asked = {"distributor": distributor, "sku": sku}
    with duckdb.connect(str(shown.database), read_only=True) as con:
        forecast = con.sql(FORECAST, params=asked).pl()
        if forecast.is_empty():
            raise _unknown(con, distributor, sku)
        segment = {key: forecast[key][0] for key in ("category", "demand_class")}
        history = con.sql(HISTORY, params=asked).pl().tail(WEEKS_BEFORE)
        evidence = con.sql(EVIDENCE, params=segment).pl()
    return Explained(distributor, sku, forecast, history, evidence)


def _unknown(con: duckdb.DuckDBPyConnection, distributor: str, sku: str) -> ConfigError:
    sold = con.execute(
        """select sku_code from marts.forecast
        where distributor_code = $distributor and lag_weeks = 1
        order by final_pieces desc nulls last limit 5""",
        {"distributor": distributor},
    ).fetchall()
    offered = ", ".join(code for (code,) in sold)
    return ConfigError(
        f"Nobody knows of a SKU {sku} sold by {distributor}.",
        f"未见经销商 {distributor} 销售商品 {sku}。",
        f"Its best sellers are {offered}." if offered else "Distributors are in marts.forecast.",
        f"其畅销商品为 {offered}。" if offered else "经销商见 marts.forecast。",
    )
