from __future__ import annotations

import numpy as np
import polars as pl
import pytest

FIRST_WEEK = 6000
ORIGIN = FIRST_WEEK + 110


@pytest.fixture
def weeks() -> pl.DataFrame:
    """A calendar of three years, each week's base 52 weeks before."""
    numbers = range(FIRST_WEEK, FIRST_WEEK + 156)
    return pl.DataFrame({"week_no": numbers}).with_columns(
        base_week_no=pl.col("week_no") - 52, week_of_year=pl.col("week_no") % 52 + 1
    )


@pytest.fixture
def demand() -> pl.DataFrame:
    """Twelve series of 110 weeks with a yearly wave, each at a level of its own."""
    number = np.arange(110)
    wave = 1 + 0.5 * np.sin(2 * np.pi * number / 52)
    noise = np.random.default_rng(7).uniform(0.9, 1.1, (12, 110))
    return pl.concat(
        pl.DataFrame(
            {
                "series_no": series_no,
                "week_no": FIRST_WEEK + number,
                "pieces": 10.0 * series_no * wave * noise[series_no - 1],
            }
        )
        for series_no in range(1, 13)
    )


def wanted(
    series: list[int], origin: int = ORIGIN, weeks: int = 4, demand_class: str = "regular"
) -> pl.DataFrame:
    """Rows to forecast, of one segment and pool."""
    rows = [(number, origin, origin + ahead) for number in series for ahead in range(weeks)]
    names = ["series_no", "origin_week_no", "week_no"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        demand_class=pl.lit(demand_class), segment=pl.lit("sku/A"), pool_no=1
    )
