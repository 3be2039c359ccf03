"""statsforecast one series at a time: which series, by which season, and when it says nothing."""

from __future__ import annotations

import logging
import sys

import numpy as np
import polars as pl
import pytest

from pipelines.forecasting import statistical
from pipelines.forecasting.frames import FORECAST
from tests.unit.forecasting.conftest import FIRST_WEEK, ORIGIN, wanted

NAMES = ["series_no", "week_no", "pieces"]


@pytest.fixture
def season() -> pl.DataFrame:
    """Every fourth week sells twice as much as the others."""
    numbers = np.arange(FIRST_WEEK, FIRST_WEEK + 156)
    return pl.DataFrame(
        {
            "pool_no": 1,
            "origin_week_no": ORIGIN,
            "week_no": numbers,
            "index_ratio": np.where(numbers % 4 == 0, 1.6, 0.8),
        }
    )


def series(pieces: np.ndarray, number: int = 1) -> pl.DataFrame:
    """Demand of the weeks before the origin; zeros have no row."""
    first = ORIGIN - len(pieces)
    rows = [(number, first + week, float(one)) for week, one in enumerate(pieces) if one]
    return pl.DataFrame(rows, schema=NAMES, orient="row")


def test_a_level_is_told_under_the_season_of_its_pool(season: pl.DataFrame) -> None:
    index = season.filter(pl.col("week_no") < ORIGIN)["index_ratio"].to_numpy()
    said = statistical.forecast(series(50 * index), wanted([1]), season)
    expected = [50 * (1.6 if week % 4 == 0 else 0.8) for week in range(ORIGIN, ORIGIN + 4)]
    assert said.schema == FORECAST
    assert said["forecast_pieces"].to_list() == pytest.approx(expected)


def test_an_intermittent_series_that_stopped_is_told_less_than_one_that_goes_on(
    season: pl.DataFrame,
) -> None:
    going = np.tile([6.0, 0.0, 0.0], 20)
    stopped = np.concatenate([going[:30], np.zeros(30)])
    demand = pl.concat([series(going, 1), series(stopped, 2)])
    asked = wanted([1, 2], demand_class="intermittent")
    said = statistical.forecast(demand, asked, season.clear())
    goes_on, has_stopped = (
        said.group_by("series_no")
        .agg(pl.mean("forecast_pieces"))
        .sort("series_no")["forecast_pieces"]
    )
    assert goes_on == pytest.approx(2, rel=0.1)
    assert has_stopped < goes_on / 2


def test_classes_without_a_method_are_not_told(season: pl.DataFrame) -> None:
    asked = pl.concat(wanted([1], demand_class=name) for name in ("new", "short"))
    said = statistical.forecast(series(np.full(60, 5.0)), asked, season)
    assert said.is_empty()
    assert said.schema == FORECAST


def test_a_segment_above_the_limit_is_left_out_as_a_whole_and_named(
    season: pl.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    demand = pl.concat(series(np.full(60, 5.0), number) for number in range(1, 6))
    small = wanted([1, 2]).with_columns(segment=pl.lit("sku/small"))
    large = wanted([3, 4, 5]).with_columns(segment=pl.lit("sku/large"))
    with caplog.at_level(logging.INFO):
        said = statistical.forecast(demand, pl.concat([small, large]), season, maximum_series=4)
    assert said["series_no"].unique().sort().to_list() == [1, 2]
    assert "sku/large" in caplog.text


def test_weeks_from_the_origin_on_change_nothing_of_theta(season: pl.DataFrame) -> None:
    known = series(np.arange(20.0, 80.0))
    later = pl.DataFrame([(1, ORIGIN, 9e6)], schema=NAMES, orient="row")
    once = statistical.forecast(known, wanted([1]), season)
    assert statistical.forecast(pl.concat([known, later]), wanted([1]), season).equals(once)


@pytest.mark.parametrize("demand_class", ["regular", "intermittent"])
@pytest.mark.parametrize(
    ("pieces", "level"),
    [(np.full(60, 7.0), 7), (np.full(3, 7.0), 7), (np.full(1, 7.0), 7), (np.full(14, 7.0), 7)],
    ids=["two_years", "three_weeks", "one_week", "a_quarter"],
)
def test_a_constant_is_told_as_itself(
    pieces: np.ndarray, level: float, demand_class: str, season: pl.DataFrame
) -> None:
    asked = wanted([1], demand_class=demand_class)
    said = statistical.forecast(series(pieces), asked, season.clear())
    assert said["forecast_pieces"].to_list() == pytest.approx([level] * 4)


@pytest.mark.parametrize("demand_class", ["regular", "intermittent"])
@pytest.mark.parametrize(
    "pieces",
    [
        np.eye(60)[0],
        np.eye(60)[59],
        np.tile([0, 0, 0, 0, 0, 1e6], 10),
        np.linspace(500, 1, 60),
        np.concatenate([np.full(30, 80.0), np.zeros(30)]),
    ],
    ids=["first_week_only", "last_week_only", "rare_and_large", "falling", "ended"],
)
def test_odd_series_give_finite_pieces_of_at_least_nothing(
    pieces: np.ndarray, demand_class: str, season: pl.DataFrame
) -> None:
    asked = wanted([1], weeks=13, demand_class=demand_class)
    said = statistical.forecast(series(pieces), asked, season)["forecast_pieces"].to_numpy()
    assert len(said) == 13
    assert np.isfinite(said).all()
    assert (said >= 0).all()


@pytest.mark.parametrize("demand_class", ["regular", "intermittent"])
def test_a_series_of_zeros_is_told_as_nothing(demand_class: str, season: pl.DataFrame) -> None:
    zeros = pl.DataFrame(
        [(1, ORIGIN - 60 + week, 0.0) for week in range(60)], schema=NAMES, orient="row"
    )
    said = statistical.forecast(zeros, wanted([1], demand_class=demand_class), season)
    assert said["forecast_pieces"].to_list() == [0.0] * 4


def test_no_demand_and_nothing_asked_give_no_rows(season: pl.DataFrame) -> None:
    demand = series(np.full(60, 5.0))
    for said in (
        statistical.forecast(demand.clear(), wanted([1]), season),
        statistical.forecast(demand, wanted([]), season),
        statistical.forecast(demand, wanted([99]), season),
    ):
        assert said.is_empty()
        assert said.schema == FORECAST


def test_without_statsforecast_nothing_is_said_and_the_reason_is_logged(
    season: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    assert statistical.forecast(series(np.full(60, 5.0)), wanted([1]), season).is_empty()
    assert "not installed" in caplog.text
