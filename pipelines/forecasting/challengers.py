"""What the challengers say of the series, origins and weeks the SQL methods tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.forecasting import boosting, statistical
from pipelines.forecasting.frames import FORECAST

CHALLENGE = pl.Schema({"method": pl.String}) | FORECAST


def challenge(
    names: Sequence[str], tables: Mapping[str, pl.DataFrame], horizon_weeks: int
) -> pl.DataFrame:
    """Let some challengers tell the base, which promotions are added to afterwards.

    No driver goes in: what promotions bring is not in the base, and a price to come is not known.

    Args:
        names: Of CHALLENGERS; none of them tells nothing.
        tables: `demand`, `series`, `state`, `origin`, `season` as the models int_forecast_* of
            these names have them (season: int_forecast_index), and `week`: int_forecast_week with
            festival_week_offset.
        horizon_weeks: How many weeks are told on an origin.

    Returns:
        One row is a method, series, origin and week; in the past only weeks whose demand is known.
    """
    found = [pl.DataFrame(schema=CHALLENGE)]
    if not names:
        return found[0]
    wanted = _wanted(tables, horizon_weeks)
    base = pl.col("base_pieces").cast(pl.Float64)
    demand = tables["demand"].select("series_no", "week_no", pieces=base)
    if "lightgbm" in names:
        kinds = tables["series"].select("series_no", "pool_no", _level())
        said = boosting.forecast(demand, wanted, _calendar(tables["week"]), kinds=kinds)
        found.append(said.select(pl.lit("lightgbm").alias("method"), pl.all()))
    if "statsforecast" in names:
        said = statistical.forecast(demand, wanted, tables["season"])
        found.append(said.select(pl.lit("statsforecast").alias("method"), pl.all()))
    return pl.concat(found)


def _wanted(tables: Mapping[str, pl.DataFrame], horizon_weeks: int) -> pl.DataFrame:
    origin = tables["origin"].select("origin_no", "origin_week_no")
    newest = pl.col("origin_week_no").filter(pl.col("origin_no") == 0).first()
    is_known = pl.col("week_no") < pl.col("newest_week_no")
    weeks = (
        origin.with_columns(newest_week_no=newest)
        .join(tables["week"].select("week_no"), how="cross")
        .filter(
            pl.col("week_no") >= pl.col("origin_week_no"),
            pl.col("week_no") < pl.col("origin_week_no") + horizon_weeks,
            is_known | (pl.col("origin_no") == 0),
        )
    )
    segment = pl.concat_str("series_level", "category", "demand_class", separator="/")
    return (
        tables["state"]
        .filter("is_forecast")
        .select("series_no", "origin_week_no", "demand_class")
        .join(tables["series"], on="series_no")
        .join(weeks.select("origin_week_no", "week_no"), on="origin_week_no")
        .select(*statistical.COLUMNS[:3], "demand_class", "pool_no", segment=segment)
    )


def _level() -> pl.Expr:
    return (pl.col("series_level") == "sku").cast(pl.Int64).alias("is_sku")


def _calendar(week: pl.DataFrame) -> pl.DataFrame:
    """The week a year before, the place in the year and that beside a festival."""
    return week.select(
        "week_no",
        "base_week_no",
        pl.col("week_start_date").dt.week().alias("week_of_year"),
        pl.col("is_festival").cast(pl.Int64),
        "festival_week_offset",
    )
