"""What was sold, and what the warehouse said would be, as a row a series and a column a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

WEEK_ZERO = date(1900, 1, 1)
"""The Monday that the forecast's models number weeks from."""
TOLD = """
    select {keys}, week_no, sum(forecast_pieces)::double as pieces
    from intermediate.int_forecast_leaf
    where is_to_come
    group by all"""
RANGES = """
    select
        node_code as distributor_code,
        item_code as {item},
        week_no,
        demand_class,
        low_pieces::double as low_pieces,
        high_pieces::double as high_pieces
    from intermediate.int_forecast_range
    where
        is_to_come and node_type = 'distributor' and low_pieces is not null
        and item_level = '{level}'"""


def week_no(monday: date) -> int:
    """A week's number in the forecast's models."""
    return (monday - WEEK_ZERO).days // 7


@dataclass(frozen=True)
class Sales:
    """What every series sold in every week.

    Attributes:
        keys: What a series is, a row each.
        pieces: A row a series, a column a week.
        first: The column of each series' first sale.
        first_week_no: The number of the first column's week.
    """

    keys: pl.DataFrame
    pieces: NDArray
    first: NDArray
    first_week_no: int

    @classmethod
    def of(cls, lines: pl.DataFrame, keys: list[str]) -> Sales:
        """Lines summed to series; they have the keys, week_start_date and pieces."""
        series = lines.select(keys).unique().sort(keys).with_row_index("series")
        week = (pl.col("week_start_date") - WEEK_ZERO).dt.total_days() // 7
        line = lines.with_columns(week_no=week).join(series, on=keys)
        weeks = line["week_no"].to_numpy()
        pieces = np.zeros((series.height, weeks.max() - weeks.min() + 1))
        np.add.at(pieces, (line["series"], weeks - weeks.min()), line["pieces"].to_numpy())
        return cls(series, pieces, (pieces > 0).argmax(axis=1), int(weeks.min()))

    def column(self, monday: date) -> int:
        """The column of a week."""
        return week_no(monday) - self.first_week_no

    def said(self, found: pl.DataFrame, column: str, monday: date, weeks: int) -> NDArray:
        """What the warehouse says of the weeks from a Monday on; NaN where it says nothing."""
        keys = [key for key in self.keys.columns if key in found.columns]
        rows = found.join(self.keys, on=keys).with_columns(pl.col("week_no") - week_no(monday))
        rows = rows.filter(pl.col("week_no").is_between(0, weeks - 1))
        said = np.full((self.keys.height, weeks), np.nan)
        said[rows["series"].to_numpy(), rows["week_no"].to_numpy()] = rows[column].to_numpy()
        return said


def told(con: duckdb.DuckDBPyConnection, keys: list[str]) -> pl.DataFrame:
    """The forecast to come, summed to these keys of the leaves."""
    return con.sql(TOLD.format(keys=", ".join(keys))).pl()


def ranges(con: duckdb.DuckDBPyConnection, level: str) -> pl.DataFrame:
    """Ranges of the forecast to come by distributor and category, or by distributor and SKU."""
    item = {"category": "category", "sku": "sku_code"}[level]
    return con.sql(RANGES.format(item=item, level=level)).pl()
