"""The published task on a grocer's orange juice, with and without knowing price, deal and feature.

    python -m benchmarks.forecast.orange_juice   (skips when DAQU_REAL_DATA has no oj_dominicks)

The data is 83 stores, 11 brands, weeks 40 to 135. Units (the exponential of `logmove`) of a store
and brand are forecast by the rules of the published board: train up to a week, skip one, forecast
the two after it, twelve rounds two weeks apart; the score is the MAPE over all rows. The board's
weeks are later than those we have, so our last round ends with week 135, and every forecast is
compared on the same rows with the geometric mean of the series (published: 70.65; ARIMA 70.80, best
LightGBM 36.28; on our rounds the mean is lower). What the figures rest on:

- MAPE forgives a forecast of nothing more than one of twice what came, so what is best for it lies
  low: the median under weights of 1 / demand. `pipelines.forecasting.boosting` with the error
  `relative` tells that, here for two and three weeks ahead; the SQL methods tell means, which are
  added up over SKUs, and are not tried. A series' own such median stands in the table, to show how
  much of a gain is the choice of measure alone.
- Known beforehand are the week, price of the brand, deal and feature of the store, and the mean and
  the lowest of the store's eleven prices. Nothing of a week that was not to be known yet is used.
- Error and size of the trees were chosen by what was best on five earlier rounds, weeks 100 to 109,
  told beside the score; the scored rounds, weeks 112 to 135, were looked at afterwards.
- A history begins with week 40, so rounds have 71 to 93 weeks: learning starts at half a year, not
  at the year a deployment keeps to, and the same week a year before is mostly unknown.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from benchmarks.forecast.metrics import mape
from benchmarks.report import show
from pipelines.forecasting import boosting

SOURCE = Path(os.environ.get("DAQU_REAL_DATA", "/nowhere")) / "oj_dominicks"
LAST_WEEK = 135
ROUNDS = {
    "scored": [LAST_WEEK - 3 - 2 * back for back in reversed(range(12))],
    "earlier": [98, 100, 102, 104, 106],
}
"""The last weeks trained on."""
BRANDS = range(1, 12)
HALF_A_YEAR = 26
GOALS = {"without_drivers_to_geometric_mean": 0.85, "with_drivers_to_geometric_mean": 0.65}


def sales() -> pl.DataFrame:
    """A row a store, brand and week: units, and what was known beforehand of prices and offers."""
    rows = pl.read_csv(SOURCE / "yx_to_week_135.csv")
    prices = [pl.col(f"price{brand}").log() for brand in BRANDS]
    own = (pl.when(pl.col("brand") == brand).then(prices[brand - 1]) for brand in BRANDS)
    return rows.select(
        "store",
        "brand",
        series_no=(pl.col("store") * 100 + pl.col("brand")).cast(pl.Int64),
        week_no=pl.col("week").cast(pl.Int64),
        pieces=pl.col("logmove").exp(),
        price=pl.coalesce(own),
        deal="deal",
        feature="feat",
        mean_price=pl.mean_horizontal(prices),
        lowest_price=pl.min_horizontal(prices),
    )


def wanted(rows: pl.DataFrame, trained: list[int]) -> pl.DataFrame:
    """The rows a round forecasts: the second and the third week after the last it trains on."""
    parts = [
        rows.filter(pl.col("week_no").is_in([last + 2, last + 3])).select(
            "series_no", "week_no", origin_week_no=pl.lit(last + 1, dtype=pl.Int64)
        )
        for last in trained
    ]
    return pl.concat(parts)


def constant(level: pl.Expr, rows: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """A forecast that is one figure a series and round."""
    parts = []
    for (origin,), part in asked.group_by("origin_week_no"):
        known = rows.filter(pl.col("week_no") < origin).sort("week_no")
        levels = known.group_by("series_no").agg(forecast_pieces=level)
        parts.append(part.join(levels, on="series_no", how="left"))
    return pl.concat(parts)


def weighted_median() -> pl.Expr:
    """The figure that has the least MAPE on the history of a series."""
    ordered = pl.col("pieces").sort()
    weight = 1 / ordered
    return ordered.filter(weight.cum_sum() >= weight.sum() / 2).first()


def boosted(rows: pl.DataFrame, asked: pl.DataFrame, *, with_drivers: bool) -> pl.DataFrame:
    """The global LightGBM for relative errors."""
    weeks = rows.select(pl.col("week_no").unique().sort())
    offers = ["price", "deal", "feature", "mean_price", "lowest_price"]
    return boosting.forecast(
        rows.select("series_no", "week_no", "pieces"),
        asked,
        weeks.with_columns(
            base_week_no=pl.col("week_no") - 52, week_of_year=pl.col("week_no") % 52
        ),
        kinds=rows.select("series_no", "brand", "store").unique("series_no"),
        drivers=rows.select("series_no", "week_no", *offers) if with_drivers else None,
        error="relative",
        minimum_weeks=2 * HALF_A_YEAR,
        warm_up_weeks=HALF_A_YEAR,
    )


def forecasts() -> dict[str, Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]]:
    """What is compared, by name."""
    units = pl.col("pieces")
    return {
        "naive": partial(constant, units.last()),
        "mean": partial(constant, units.mean()),
        "geometric_mean": partial(constant, units.log().mean().exp()),
        "weighted_median": partial(constant, weighted_median()),
        "without_drivers": partial(boosted, with_drivers=False),
        "with_drivers": partial(boosted, with_drivers=True),
    }


def scored(rows: pl.DataFrame, said: pl.DataFrame, asked: pl.DataFrame) -> float:
    """MAPE in percent; a row that was asked and not told is an error."""
    keys = ["series_no", "week_no"]
    told = asked.join(said, on=[*keys, "origin_week_no"], how="left").join(rows, on=keys)
    return 100 * mape(told["pieces"].to_numpy(), told["forecast_pieces"].to_numpy())


def main() -> None:
    if not SOURCE.is_dir():
        print("DAQU_REAL_DATA has no oj_dominicks; nothing to do")
        return
    rows = sales()
    asked = {name: wanted(rows, trained) for name, trained in ROUNDS.items()}
    table, score, seconds = [], {}, {}
    for name, forecast in forecasts().items():
        began = time.process_time()
        score[name] = scored(rows, forecast(rows, asked["scored"]), asked["scored"])
        seconds[f"{name}_cpu_seconds"] = time.process_time() - began
        earlier = scored(rows, forecast(rows, asked["earlier"]), asked["earlier"])
        table.append([name, score[name], seconds[f"{name}_cpu_seconds"], earlier])
    to_mean = {
        f"{name}_to_geometric_mean": score[name] / score["geometric_mean"]
        for name in ("weighted_median", "without_drivers", "with_drivers")
    }
    found = {f"{name}_mape": value for name, value in score.items()} | to_mean | seconds
    figures = {"rows": asked["scored"].height} | {k: round(v, 3) for k, v in found.items()}
    cells = [[name, *(f"{value:.2f}" for value in values)] for name, *values in table]
    headings = ["forecast", "MAPE %", "CPU s", "MAPE % of earlier rounds"]
    show("Orange juice", headings, cells, figures, GOALS)


if __name__ == "__main__":
    main()
