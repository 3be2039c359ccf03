"""One LightGBM over all series: what follows a week is learnt from all weeks like it.

Each origin has its own model, learnt only from weeks before it: every earlier week is taken for an
origin, and the weeks after it for what was to be forecast. How many weeks ahead is a feature, so
one model tells all of them. Demand is set against the level of its series, the mean of its last
year, so that large and small series teach each other.

Which error is held small is a matter of what the figure is for:

- `absolute`: pieces are added up over SKUs and weeks, so a forecast is a mean, and never below
  nothing: Tweedie. A series weighs what it weighs in the sum: its level, to the power that makes
  the deviance of shares that of pieces.
- `relative`: each error is divided by what came. The best forecast is then the median under weights
  of 1 / demand. A median stays one through a logarithm: absolute errors of logarithms, where price
  and season multiply, under the same weights. Weeks without demand say nothing.
"""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from pipelines.forecasting.frames import KEYS, Panel, demand_panel, nothing, told

Error = Literal["absolute", "relative"]

YEAR_WEEKS = 52
MINIMUM_WEEKS = 92
"""A year to look back on, half a year of origins to learn from, a quarter ahead of each."""
MAXIMUM_ROWS = 300_000
"""Of more, so many are drawn to learn from; those without demand yet drop out."""
SEED = 20_261_122
ROUNDS = 200
TWEEDIE_POWER = 1.1
"""Near 1, where an error weighs by its pieces; above it, so that fractions and nothing are told."""
LEAF_ROWS = 100
PARAMETERS = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    # a second thread waits for the first at every split; beside other work that takes longer
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": SEED,
    "verbosity": -1,
}
OBJECTIVE: dict[Error, dict] = {
    "absolute": {"objective": "tweedie", "tweedie_variance_power": TWEEDIE_POWER},
    "relative": {"objective": "regression_l1"},
}

log = logging.getLogger(__name__)


def forecast(
    demand: pl.DataFrame,
    wanted: pl.DataFrame,
    week: pl.DataFrame,
    *,
    kinds: pl.DataFrame | None = None,
    drivers: pl.DataFrame | None = None,
    error: Error = "absolute",
    minimum_weeks: int = MINIMUM_WEEKS,
    warm_up_weeks: int = YEAR_WEEKS,
) -> pl.DataFrame:
    """Forecast what is wanted, each origin by what was known on it.

    Args:
        demand: series_no, week_no, pieces; a week without a row after a series' first had none.
        wanted: series_no, origin_week_no, week_no; a series without demand gets no forecast.
        week: week_no, base_week_no (the week a year earlier; null: not known) and numeric columns
            of the calendar.
        kinds: series_no and whole-numbered columns by which series are alike, the first of them
            that which a season is shared by; a series without a row is of no kind.
        drivers: series_no, week_no and numeric columns that are known for weeks to come too, such
            as a price; no row, or null, is not known.
        error: Which error is held small.
        minimum_weeks: Of history before an origin; an origin with less gets no forecast.
        warm_up_weeks: Of history before the first week learnt from.

    Returns:
        Rows of `frames.FORECAST`; none when there is too little to learn from, or no LightGBM.
    """
    if demand.is_empty() or wanted.is_empty():
        log.info("No forecast by lightgbm: there is no demand, or nothing is wanted")
        return nothing()
    try:
        importlib.import_module("lightgbm")
    except ImportError:
        log.warning(
            "No forecast by lightgbm: the package is not installed; it comes with [forecast]"
        )
        return nothing()
    table = _Table.of(demand, wanted, week, kinds, drivers, error)
    found = [nothing()]
    for (origin,), rows in wanted.sort(KEYS).group_by("origin_week_no", maintain_order=True):
        column = int(origin) - table.demand.first_week_no
        if column < minimum_weeks:
            reason = "No forecast by lightgbm of week %s: %s weeks lie before it, not %s"
            log.info(reason, origin, column, minimum_weeks)
            continue
        found.append(_of_origin(table.known_before(column), rows, column, warm_up_weeks))
    return pl.concat(found).sort(KEYS)


def _of_origin(table: _Table, rows: pl.DataFrame, column: int, warm_up_weeks: int) -> pl.DataFrame:
    rows = rows.filter(pl.col("series_no").is_in(table.demand.series_no.tolist()))
    line = np.searchsorted(table.demand.series_no, rows["series_no"].to_numpy())
    ahead = (rows["week_no"] - rows["origin_week_no"]).to_numpy()
    if rows.is_empty():
        return nothing()
    sample = _sample(table.demand, np.unique(ahead), column, warm_up_weeks)
    features, level = table.features(line, np.full(len(line), column), ahead)
    return told(rows, table.pieces(_predicted(table, sample, features), level))


def _sample(
    demand: Panel, ahead: np.ndarray, column: int, warm_up_weeks: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines, origins and weeks ahead whose demand is known: all, or those drawn."""
    origin = np.repeat(np.arange(min(warm_up_weeks, column), column), len(ahead))
    ahead = np.resize(ahead, len(origin))
    is_past = origin + ahead < column
    origin, ahead = origin[is_past], ahead[is_past]
    count = len(demand.values) * len(origin)
    if count > MAXIMUM_ROWS:
        drawn = np.random.default_rng(SEED).choice(count, MAXIMUM_ROWS, replace=False)
    else:
        drawn = np.arange(count)
    line, place = np.divmod(drawn, max(len(origin), 1))
    is_known = np.isfinite(demand.at(line, origin[place] + ahead[place]))
    return line[is_known], origin[place][is_known], ahead[place][is_known]


def _predicted(
    table: _Table, sample: tuple[np.ndarray, np.ndarray, np.ndarray], features: np.ndarray
) -> np.ndarray:
    """Demand against the level for rows of features; the level itself where nothing is learnt."""
    import lightgbm

    line, origin, ahead = sample
    learnt, level = table.features(line, origin, ahead)
    share = table.against(table.demand.at(line, origin + ahead), level)
    usable = np.isfinite(share)
    if not usable.any() or (table.error == "absolute" and not share[usable].any()):
        return table.against(np.ones(len(features)), np.ones(len(features)))
    weight = table.weight(share, level)[usable]
    data = lightgbm.Dataset(
        learnt[usable],
        share[usable],
        weight=weight / weight.mean(),
        categorical_feature=table.kind_places(learnt.shape[1]),
    )
    leaf = {"min_data_in_leaf": min(LEAF_ROWS, 1 + int(usable.sum()) // 20)}
    model = lightgbm.train(PARAMETERS | OBJECTIVE[table.error] | leaf, data, ROUNDS)
    return np.asarray(model.predict(features, num_threads=PARAMETERS["num_threads"]))


@dataclass(frozen=True)
class _Table:
    """Everything known, by series and week.

    Attributes:
        demand: Demand, or its logarithm.
        sold: 1 where there was demand, else 0.
        pooled: Mean of the demand of the series of a pool.
        pool: Line of `pooled` by series.
        drivers: One panel each.
        kinds: Series by kind.
        base: The column a year before each column; -1 where the calendar does not say.
        calendar: Columns by figure.
        error: Which error is held small.
    """

    demand: Panel
    sold: Panel
    pooled: Panel
    pool: np.ndarray
    drivers: tuple[Panel, ...]
    kinds: np.ndarray
    base: np.ndarray
    calendar: np.ndarray
    error: Error

    @classmethod
    def of(
        cls,
        demand: pl.DataFrame,
        wanted: pl.DataFrame,
        week: pl.DataFrame,
        kinds: pl.DataFrame | None,
        drivers: pl.DataFrame | None,
        error: Error,
    ) -> _Table:
        last = max(int(frame["week_no"].to_numpy().max()) for frame in (demand, wanted))
        panel = demand_panel(demand, last)
        values = panel.values
        sold = panel.with_values(np.where(np.isfinite(values), values > 0, np.nan))
        if error == "relative":
            panel = panel.with_values(np.log(np.where(values > 0, values, np.nan)))
        weeks = (panel.first_week_no, last)
        kind = _by_series(kinds, panel)
        first_kind = kind[:, 0] if kind.shape[1] else np.zeros(len(kind))
        pool_no, pool = np.unique(first_kind, return_inverse=True)
        calendar = _by_week(week, weeks)
        base = np.nan_to_num(calendar[:, 0] - panel.first_week_no, nan=-1)
        driver = pl.DataFrame(schema=["series_no", "week_no"]) if drivers is None else drivers
        names = driver.drop("series_no", "week_no").columns
        return cls(
            demand=panel,
            sold=sold,
            pooled=Panel(pool_no, panel.first_week_no, _mean_by(panel.values, pool)),
            pool=pool,
            drivers=tuple(Panel.of(driver, name, panel.series_no, weeks) for name in names),
            kinds=kind,
            base=np.maximum(base, -1).astype(np.int64),
            calendar=calendar[:, 1:],
            error=error,
        )

    def known_before(self, column: int) -> _Table:
        """The same without demand from a column on."""
        parts = {name: getattr(self, name) for name in ("demand", "sold", "pooled")}
        return replace(self, **{name: part.known_before(column) for name, part in parts.items()})

    def against(self, value: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Demand as a share of a level; of logarithms, its distance from it."""
        if self.error == "relative":
            return value - level
        return np.divide(value, level, out=np.full(value.shape, np.nan), where=level > 0)

    def pieces(self, share: np.ndarray, level: np.ndarray) -> np.ndarray:
        """The way back from `against`."""
        return np.exp(share + level) if self.error == "relative" else share * level

    def weight(self, share: np.ndarray, level: np.ndarray) -> np.ndarray:
        """How much rows count among those learnt from."""
        if self.error == "relative":
            return np.exp(-(share + level))
        return np.power(level, 2 - TWEEDIE_POWER)

    def kind_places(self, count: int) -> list[int]:
        """Which of so many features are kinds: the last ones."""
        return list(range(count - self.kinds.shape[1], count))

    def features(
        self, line: np.ndarray, origin: np.ndarray, ahead: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What is known on an origin of a week ahead, and the level it is set against.

        Args:
            line: Of the series.
            origin: The first column not known.
            ahead: Columns from there to the one that is told.
        """
        target = origin + ahead
        level = self.demand.mean(line, origin - YEAR_WEEKS, origin)
        age = np.minimum(origin - self.demand.begun[line], 2 * YEAR_WEEKS)
        found = [ahead, level, age, self.sold.mean(line, origin - 13, origin)]
        found += self._past(self.demand, line, origin, target)
        found += self._past(self.pooled, self.pool[line], origin, target)
        for driver in self.drivers:
            then = driver.at(line, target)
            found += [then, then - driver.mean(line, origin - 26, origin)]
            found += [driver.at(line, origin - 1), driver.at(line, target - 1)]
        found += list(self.calendar[target].T) + list(self.kinds[line].T)
        return np.column_stack(found).astype(np.float32), level

    def _past(
        self, panel: Panel, line: np.ndarray, origin: np.ndarray, target: np.ndarray
    ) -> list[np.ndarray]:
        """The last weeks, and the weeks around the same one a year before, against the level."""
        base = np.where(self.base[target] < origin, self.base[target], -1)
        around = np.where(base < 0, panel.values.shape[1], base)
        found = [panel.at(line, origin - back) for back in (1, 2, 3, 4)]
        found += [panel.mean(line, origin - weeks, origin) for weeks in (4, 8, 13, 26)]
        found += [panel.at(line, base)]
        found += [panel.mean(line, around - 1, np.minimum(around + 2, origin))]
        found += [panel.mean(line, origin - 13 - YEAR_WEEKS, origin - YEAR_WEEKS)]
        level = panel.mean(line, origin - YEAR_WEEKS, origin)
        return [self.against(value, level) for value in found]


def _mean_by(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Means by column of what is known of each group's lines; NaN of nothing."""
    finite = np.isfinite(values)
    total, count = np.zeros((2, group.max() + 1, values.shape[1]))
    np.add.at(total, group, np.where(finite, values, 0))
    np.add.at(count, group, finite)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _by_week(week: pl.DataFrame, weeks: tuple[int, int]) -> np.ndarray:
    """The base week and the figures of the calendar, for each of the weeks."""
    first, last = weeks
    laid = pl.select(week_no=pl.int_range(first, last + 1, dtype=pl.Int64))
    known = week.with_columns(pl.col("week_no").cast(pl.Int64))
    found = laid.join(known, on="week_no", how="left", maintain_order="left").drop("week_no")
    return found.select("base_week_no", pl.exclude("base_week_no")).cast(pl.Float64).to_numpy()


def _by_series(kinds: pl.DataFrame | None, panel: Panel) -> np.ndarray:
    """The kinds of each series; -1 for none."""
    laid = pl.DataFrame({"series_no": panel.series_no})
    if kinds is not None:
        known = kinds.with_columns(pl.col("series_no").cast(pl.Int64))
        laid = laid.join(known, on="series_no", how="left", maintain_order="left")
    return laid.drop("series_no").cast(pl.Float64).fill_null(-1).to_numpy()
