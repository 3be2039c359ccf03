"""What challengers are asked out of the warehouse, and how a deployment names them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import ConfigError
from pipelines.forecasting.challengers import CHALLENGE, challenge
from pipelines.settings import Settings
from tests.unit.forecasting.conftest import FIRST_WEEK, ORIGIN

EARLIER = ORIGIN - 2
SETTINGS = "name: Test\nfeeds: [sellout]\n"


@pytest.fixture
def tables(demand: pl.DataFrame, weeks: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Twelve series of one category; number 12 is dormant on both origins."""
    numbers = list(range(1, 13))
    origins = pl.DataFrame({"origin_no": [0, 1], "origin_week_no": [ORIGIN, EARLIER]})
    series = pl.DataFrame({"series_no": numbers}).with_columns(
        pool_no=1, series_level=pl.lit("sku"), category=pl.lit("A")
    )
    state = series.select("series_no").join(origins.select("origin_week_no"), how="cross")
    day = pl.lit(date(2024, 12, 2)) + (pl.col("week_no") - FIRST_WEEK) * timedelta(days=7)
    return {
        "demand": demand.rename({"pieces": "base_pieces"}),
        "series": series,
        "origin": origins,
        "state": state.with_columns(
            demand_class=pl.lit("regular"), is_forecast=pl.col("series_no") < 12
        ),
        "season": pl.DataFrame(
            schema={
                "pool_no": pl.Int64,
                "origin_week_no": pl.Int64,
                "week_no": pl.Int64,
                "index_ratio": pl.Float64,
            }
        ),
        "week": weeks.select("week_no", "base_week_no").with_columns(
            week_start_date=day,
            is_festival=pl.lit(False),
            festival_week_offset=pl.lit(None, dtype=pl.Int64),
        ),
    }


def test_both_tell_all_weeks_to_come_and_the_known_ones_of_the_past(
    tables: dict[str, pl.DataFrame],
) -> None:
    said = challenge(["lightgbm", "statsforecast"], tables, 4)
    assert said.schema == CHALLENGE
    told = said.group_by("method", "origin_week_no").agg(
        pl.col("series_no").n_unique(), pl.col("week_no").unique().sort()
    )
    assert sorted(told.rows()) == [
        (method, origin, 11, known)
        for method in ("lightgbm", "statsforecast")
        for origin, known in (
            (EARLIER, [EARLIER, EARLIER + 1]),
            (ORIGIN, [ORIGIN, ORIGIN + 1, ORIGIN + 2, ORIGIN + 3]),
        )
    ]


def test_only_who_is_named_is_heard(tables: dict[str, pl.DataFrame]) -> None:
    assert challenge(["statsforecast"], tables, 4)["method"].unique().to_list() == ["statsforecast"]


def test_nobody_named_is_an_empty_table_of_the_right_columns() -> None:
    said = challenge([], {}, 4)
    assert said.is_empty()
    assert said.schema == CHALLENGE


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ()),
        ("forecast_challengers: []\n", ()),
        ("forecast_challengers: [lightgbm]\n", ("lightgbm",)),
        ("forecast_challengers: [lightgbm, statsforecast]\n", ("lightgbm", "statsforecast")),
    ],
)
def test_a_deployment_names_its_challengers(
    tmp_path: Path, line: str, expected: tuple[str, ...]
) -> None:
    (tmp_path / "deployment.yaml").write_text(SETTINGS + line, encoding="utf-8")
    assert Settings.load(tmp_path).forecast_challengers == expected


@pytest.mark.parametrize("value", ["[prophet]", "lightgbm", "[1]", "[[lightgbm]]"])
def test_an_unknown_challenger_is_refused_with_the_known_ones(tmp_path: Path, value: str) -> None:
    text = f"{SETTINGS}forecast_challengers: {value}\n"
    (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="some of lightgbm, statsforecast"):
        Settings.load(tmp_path)
