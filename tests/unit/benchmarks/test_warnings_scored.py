"""Warnings of stock-outs beside what came, on rows one can count."""

from __future__ import annotations

import polars as pl

from benchmarks.stock.usaid import Score, by_mean

ROWS = pl.DataFrame(
    {
        "pieces": [0, 5, 5, 20, 3],
        "mean_3": [10.0, 10.0, 10.0, 10.0, 0.0],
        "is_out": [True, True, False, True, True],
    }
)


def test_three_warnings_of_which_two_came_true_among_four_stock_outs() -> None:
    score = Score.of(ROWS, by_mean(3, 1.0))
    assert score == Score(true=2, warned=3, out=4)
    assert (score.precision, score.recall, score.f1) == (2 / 3, 0.5, 4 / 7)


def test_where_nothing_was_handed_out_the_mean_never_warns() -> None:
    assert Score.of(ROWS.filter(pl.col("mean_3") == 0), by_mean(3, 9.0)).warned == 0


def test_a_row_nothing_is_expected_of_has_no_warning() -> None:
    rows = ROWS.with_columns(wanted=pl.Series([None, 9.0, None, None, None], dtype=pl.Float64))
    assert Score.of(rows, pl.col("pieces") < pl.col("wanted")) == Score(true=1, warned=1, out=4)
