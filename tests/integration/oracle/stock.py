"""Stock and how long it lasts, worked out from counts and lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.frames import PIECES, ratio

COUNT = ["distributor_code", "snapshot_date"]
KEYS = [*COUNT, "sku_code"]
FOUR_WEEKS = pl.duration(days=28)


def covers(counts: pl.DataFrame, snapshots: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Good stock of each count over the mean of the four weeks that had ended, of those reported.

    Args:
        counts: Counts told of, the columns distributor_code and snapshot_date.
        snapshots: `fct_stock_snapshot`.
        lines: `fct_sellout_line`.
    """
    sunday = pl.col("week_start_date") + pl.duration(days=6)
    day = pl.col("snapshot_date")
    reported = lines.select("distributor_code", "week_start_date").unique()
    before = counts.join(reported, on="distributor_code").filter(
        (sunday <= day) & (sunday > day - FOUR_WEEKS)
    )
    weeks = before.group_by(COUNT).agg(weeks=pl.len())
    sold = before.join(lines, on=["distributor_code", "week_start_date"]).group_by(KEYS)
    pieces = sold.agg(sold=pl.col("quantity_pieces").sum())
    stock = (
        snapshots.join(counts, on=COUNT)
        .group_by(KEYS)
        .agg(
            good_stock_pieces=pl.col("quantity_pieces")
            .filter(pl.col("stock_status") == "good")
            .sum()
        )
    )
    both = stock.join(pieces, on=KEYS, how="full", coalesce=True).join(weeks, on=COUNT, how="left")
    filled = both.with_columns(
        pl.col("good_stock_pieces", "sold").fill_null(pl.lit(0).cast(PIECES))
    )
    mean = ratio("sold", "weeks").round(3, mode="half_away_from_zero").cast(PIECES)
    means = filled.with_columns(mean_weekly_pieces=mean)
    return means.with_columns(
        trailing_cover_weeks=ratio("good_stock_pieces", "mean_weekly_pieces")
    ).drop("sold", "weeks")
