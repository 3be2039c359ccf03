"""Methods of statsforecast, one series at a time, on demand without its season.

A regular series is told by the dynamic optimised theta method. An intermittent one is told by
ADIDA, which smooths sums of as many weeks as lie between two sales; Croston's method waits for the
next sale to learn anything, and keeps what has stopped selling alive. What is new, short, silent or
dormant is not told. Two years hold too little to learn the season of one series from: it is that of
its pool, which demand is divided by before and multiplied with after.

Theta takes milliseconds a series and origin, so only so many series are told by it. They are taken
by whole segments, because a backtest cannot compare what was told of some of its rows; those of few
series come first, which are the categories.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable

import numpy as np
import polars as pl

from pipelines.forecasting.frames import KEYS, Panel, demand_panel, nothing, told

MAXIMUM_SERIES = 1_000
"""Told by theta on each origin, about 2 CPU seconds' worth."""
HISTORY_WEEKS = 104
MINIMUM_WEEKS = 13
"""With fewer, a series is told by its mean."""
LOWEST_INDEX = 0.1
"""Of a week in which next to nothing is bought, so that its demand is not blown up."""
COLUMNS = [*KEYS, "demand_class", "segment", "pool_no"]

Method = Callable[[np.ndarray, int], np.ndarray]

log = logging.getLogger(__name__)


def forecast(
    demand: pl.DataFrame,
    wanted: pl.DataFrame,
    season: pl.DataFrame,
    *,
    maximum_series: int = MAXIMUM_SERIES,
) -> pl.DataFrame:
    """Forecast the regular and the intermittent series among what is wanted.

    Args:
        demand: series_no, week_no, pieces; a week without a row after a series' first had none.
        wanted: series_no, origin_week_no, week_no, demand_class, segment (what is compared as one)
            and pool_no.
        season: pool_no, origin_week_no, week_no, index_ratio, of weeks before and after an origin;
            no row is a ratio of 1.
        maximum_series: As many as are told by theta on one origin, at most.

    Returns:
        Rows of `frames.FORECAST`; none when nothing can be told, or there is no statsforecast.
    """
    if demand.is_empty() or wanted.is_empty():
        log.info("No forecast by statsforecast: there is no demand, or nothing is wanted")
        return nothing()
    methods = _methods()
    if not methods:
        return nothing()
    chosen = _chosen(wanted.select(COLUMNS), maximum_series).filter(
        pl.col("series_no").is_in(demand["series_no"].unique().to_list())
    )
    last = max(int(frame["week_no"].to_numpy().max()) for frame in (demand, wanted))
    panel = demand_panel(demand, last)
    found = [nothing()]
    for (origin,), rows in chosen.sort(KEYS).group_by("origin_week_no", maintain_order=True):
        index = _index(season.filter(pl.col("origin_week_no") == origin), panel, last)
        found.append(_of_origin(panel, rows, index, int(origin), methods))
    return pl.concat(found).sort(KEYS)


def _methods() -> dict[str, Method]:
    """What tells the series of a class; empty without the package."""
    try:
        models = importlib.import_module("statsforecast.models")
    except ImportError as error:
        log.warning("No forecast by statsforecast: not installed (daqu[forecast]): %s", error)
        return {}
    theta, adida = models.DynamicOptimizedTheta(season_length=1), models.ADIDA()
    return {
        "regular": lambda demand, weeks: theta.forecast(y=demand, h=weeks)["mean"],
        "intermittent": lambda demand, weeks: adida.forecast(y=demand, h=weeks)["mean"],
    }


def _chosen(wanted: pl.DataFrame, maximum_series: int) -> pl.DataFrame:
    """What is told: all that is intermittent, and the regular segments there is room for."""
    regular = wanted.filter(pl.col("demand_class") == "regular")
    size = (
        regular.group_by("segment", "origin_week_no")
        .agg(series=pl.col("series_no").n_unique())
        .group_by("segment")
        .agg(pl.col("series").max())
        .sort("series", "segment")
    )
    has_room = pl.col("series").cum_sum() <= maximum_series
    left_out = size.filter(~has_room)["segment"].to_list()
    if left_out:
        log.info("No forecast by statsforecast of %s: above %s series", left_out, maximum_series)
    return pl.concat(
        [
            wanted.filter(pl.col("demand_class") == "intermittent"),
            regular.join(size.filter(has_room), on="segment", how="semi"),
        ]
    )


def _index(season: pl.DataFrame, panel: Panel, last_week_no: int) -> Panel:
    """The season of each pool as it was known on an origin."""
    pool_no = season["pool_no"].unique().sort().to_numpy()
    return Panel.of(
        season.select(series_no="pool_no", week_no="week_no", index_ratio="index_ratio"),
        "index_ratio",
        pool_no,
        (panel.first_week_no, last_week_no),
    )


def _of_origin(
    panel: Panel, rows: pl.DataFrame, index: Panel, origin: int, methods: dict[str, Method]
) -> pl.DataFrame:
    column = origin - panel.first_week_no
    begin = max(column - HISTORY_WEEKS, 0)
    weeks = int((rows["week_no"] - origin).to_numpy().max()) + 1
    ratio_of = dict(zip(index.series_no.tolist(), np.nan_to_num(index.values, nan=1), strict=True))
    flat = np.ones(panel.values.shape[1])
    found = []
    for (series_no, demand_class, pool_no), own in rows.group_by(
        "series_no", "demand_class", "pool_no", maintain_order=True
    ):
        ratio = ratio_of.get(pool_no, flat)
        values = panel.values[np.searchsorted(panel.series_no, series_no), begin:column]
        level = values / np.maximum(ratio[begin:column], LOWEST_INDEX)
        said = _told(methods[demand_class], level[np.isfinite(level)], weeks)
        ahead = (own["week_no"] - origin).to_numpy()
        found.append(said[ahead] * ratio[column + ahead])
    return told(rows, np.concatenate(found))


def _told(method: Method, level: np.ndarray, weeks: int) -> np.ndarray:
    """What a method says of the next weeks; the mean where it has too little to go by."""
    if len(level) >= MINIMUM_WEEKS:
        said = np.asarray(method(level, weeks), dtype=float)
        if np.isfinite(said).all():
            return said
    return np.full(weeks, level.mean() if len(level) else 0.0)
