"""The frames challengers take and give, and figures laid out as a matrix of series by week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

FORECAST = pl.Schema(
    {
        "series_no": pl.Int64,
        "origin_week_no": pl.Int64,
        "week_no": pl.Int64,
        "forecast_pieces": pl.Float64,
    }
)
"""One row is what was said on an origin of a week of a series; pieces are finite and at least 0."""
KEYS = ["series_no", "origin_week_no", "week_no"]


def nothing() -> pl.DataFrame:
    """A forecast without rows."""
    return pl.DataFrame(schema=FORECAST)


def told(rows: pl.DataFrame, pieces: np.ndarray) -> pl.DataFrame:
    """The forecast of some rows; what is below nothing, or no number, becomes 0.

    Args:
        rows: At least series_no, origin_week_no and week_no.
        pieces: One figure for each of them.
    """
    finite = np.clip(np.nan_to_num(pieces.astype(float), nan=0, posinf=0, neginf=0), 0, None)
    named = rows.with_columns(forecast_pieces=pl.Series(finite, dtype=pl.Float64))
    return named.select(FORECAST.names()).cast(FORECAST).sort(KEYS)


@dataclass(frozen=True)
class Panel:
    """Figures of every series in every week.

    Attributes:
        series_no: Of each line, ascending.
        first_week_no: Of the first column; columns are consecutive weeks.
        values: Series by week; NaN where nothing is known.
    """

    series_no: np.ndarray
    first_week_no: int
    values: np.ndarray

    @classmethod
    def of(
        cls, rows: pl.DataFrame, column: str, series_no: np.ndarray, weeks: tuple[int, int]
    ) -> Panel:
        """Lay rows out; those of other series or weeks are left out.

        Args:
            rows: series_no, week_no and the column, one row for each of both.
            column: The figures; null is not known.
            series_no: Of the lines, ascending.
            weeks: Numbers of the first and the last week.
        """
        first, last = weeks
        inside = rows.filter(
            pl.col("week_no").is_between(first, last),
            pl.col("series_no").is_in(series_no.tolist()),
        )
        values = np.full((len(series_no), last - first + 1), np.nan)
        line = np.searchsorted(series_no, inside["series_no"].to_numpy())
        figures = inside[column].cast(pl.Float64).fill_null(float("nan"))
        values[line, inside["week_no"].to_numpy() - first] = figures.to_numpy()
        return cls(series_no, first, values)

    def with_values(self, values: np.ndarray) -> Panel:
        """Other figures in the same places."""
        return Panel(self.series_no, self.first_week_no, values)

    def known_before(self, column: int) -> Panel:
        """The same with nothing known from a column on."""
        values = self.values.copy()
        values[:, column:] = np.nan
        return self.with_values(values)

    def at(self, line: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Figures of single weeks; NaN for one that is not there."""
        inside = (column >= 0) & (column < self.values.shape[1])
        return np.where(inside, self.values[line, np.where(inside, column, 0)], np.nan)

    def mean(self, line: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Means of what is known from one column up to the one before another; NaN of nothing."""
        total, count = self._running
        begin, end = (np.clip(place, 0, self.values.shape[1]) for place in (begin, end))
        known = count[line, end] - count[line, begin]
        difference = total[line, end] - total[line, begin]
        return np.divide(difference, known, out=np.full(len(line), np.nan), where=known > 0)

    @cached_property
    def begun(self) -> np.ndarray:
        """The first column each line is known in."""
        return np.argmax(np.isfinite(self.values), axis=1)

    @cached_property
    def _running(self) -> tuple[np.ndarray, np.ndarray]:
        finite = np.isfinite(self.values)
        before = ((0, 0), (1, 0))
        total = np.cumsum(np.pad(np.where(finite, self.values, 0), before), axis=1)
        return total, np.cumsum(np.pad(finite, before), axis=1)


def demand_panel(demand: pl.DataFrame, last_week_no: int) -> Panel:
    """Demand from the first week of any series on; a gap after a series' first week is 0.

    Args:
        demand: series_no, week_no and pieces; not empty.
        last_week_no: Of the last column.
    """
    series_no = demand["series_no"].unique().sort().to_numpy()
    first_week_no = int(demand["week_no"].to_numpy().min())
    panel = Panel.of(demand, "pieces", series_no, (first_week_no, last_week_no))
    has_begun = np.maximum.accumulate(np.isfinite(panel.values), axis=1)
    is_gap = has_begun & ~np.isfinite(panel.values)
    return panel.with_values(np.where(is_gap, 0.0, panel.values))
