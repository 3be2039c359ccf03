"""LightGBM over all series: what it is given, what it makes of it, and when it says nothing."""

from __future__ import annotations

import logging
import sys

import numpy as np
import polars as pl
import pytest

from pipelines.forecasting import boosting
from pipelines.forecasting.frames import FORECAST
from tests.unit.forecasting.conftest import FIRST_WEEK, ORIGIN, wanted

EVERYONE = list(range(1, 13))


def wape(said: pl.DataFrame, level: float) -> float:
    """Errors of the first weeks of the wave, over what it says."""
    number = said["week_no"].to_numpy() - FIRST_WEEK
    truth = level * said["series_no"].to_numpy() * (1 + 0.5 * np.sin(2 * np.pi * number / 52))
    return float(np.abs(said["forecast_pieces"].to_numpy() - truth).sum() / truth.sum())


def test_a_wave_is_told_within_a_tenth(demand: pl.DataFrame, weeks: pl.DataFrame) -> None:
    said = boosting.forecast(demand, wanted(EVERYONE), weeks)
    assert said.schema == FORECAST
    assert said.height == 12 * 4
    assert wape(said, 10.0) < 0.1


def test_the_relative_error_tells_the_wave_too(demand: pl.DataFrame, weeks: pl.DataFrame) -> None:
    said = boosting.forecast(demand, wanted(EVERYONE), weeks, error="relative")
    assert wape(said, 10.0) < 0.1


def test_the_same_again_gives_the_same_to_the_last_digit(
    demand: pl.DataFrame, weeks: pl.DataFrame
) -> None:
    once = boosting.forecast(demand, wanted(EVERYONE), weeks)
    shuffled = demand.sample(fraction=1, shuffle=True, seed=1)
    assert boosting.forecast(shuffled, wanted(EVERYONE), weeks).equals(once)


def test_weeks_from_the_origin_on_change_nothing(demand: pl.DataFrame, weeks: pl.DataFrame) -> None:
    origin = ORIGIN - 10
    known = boosting.forecast(demand, wanted(EVERYONE, origin), weeks)
    later = pl.when(pl.col("week_no") >= origin).then(9e6).otherwise("pieces")
    changed = boosting.forecast(demand.with_columns(pieces=later), wanted(EVERYONE, origin), weeks)
    assert known.equals(changed)


def test_a_driver_known_beforehand_is_followed(weeks: pl.DataFrame) -> None:
    random = np.random.default_rng(3)
    deal = random.integers(0, 2, (20, 114))
    rows = [
        (
            series_no,
            FIRST_WEEK + week,
            10.0 * (1 + 4 * deal[series_no, week]),
            deal[series_no, week],
        )
        for series_no in range(20)
        for week in range(114)
    ]
    names = ["series_no", "week_no", "pieces", "deal"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    said = boosting.forecast(
        table.filter(pl.col("week_no") < ORIGIN).drop("deal"),
        wanted(list(range(20))),
        weeks,
        drivers=table.drop("pieces"),
    ).join(table, on=["series_no", "week_no"])
    off = (said["forecast_pieces"] / said["pieces"] - 1).abs()
    assert off.to_numpy().max() < 0.1


def test_no_demand_and_nothing_wanted_give_no_rows(
    demand: pl.DataFrame, weeks: pl.DataFrame
) -> None:
    for said in (
        boosting.forecast(demand.clear(), wanted([1]), weeks),
        boosting.forecast(demand, wanted([]), weeks),
        boosting.forecast(demand, wanted([99]), weeks),
    ):
        assert said.is_empty()
        assert said.schema == FORECAST


def test_an_origin_with_91_weeks_before_it_is_not_told(
    demand: pl.DataFrame, weeks: pl.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    origins = [wanted([1], FIRST_WEEK + 91), wanted([1], FIRST_WEEK + 92)]
    with caplog.at_level(logging.INFO):
        said = boosting.forecast(demand, pl.concat(origins), weeks)
    assert said["origin_week_no"].unique().to_list() == [FIRST_WEEK + 92]
    assert "91 weeks lie before it, not 92" in caplog.text


@pytest.mark.parametrize("error", ["absolute", "relative"])
def test_a_constant_stays_what_it_is(weeks: pl.DataFrame, error: boosting.Error) -> None:
    rows = [(number, FIRST_WEEK + week, 7.0) for number in (1, 2) for week in range(110)]
    table = pl.DataFrame(rows, schema=["series_no", "week_no", "pieces"], orient="row")
    said = boosting.forecast(table, wanted([1, 2]), weeks, error=error)
    assert said["forecast_pieces"].to_list() == pytest.approx([7.0] * 8, rel=1e-3)


@pytest.mark.parametrize("error", ["absolute", "relative"])
def test_all_zero_is_told_as_nothing(weeks: pl.DataFrame, error: boosting.Error) -> None:
    rows = [(number, FIRST_WEEK + week, 0.0) for number in (1, 2) for week in range(110)]
    table = pl.DataFrame(rows, schema=["series_no", "week_no", "pieces"], orient="row")
    said = boosting.forecast(table, wanted([1, 2]), weeks, error=error)
    assert said["forecast_pieces"].to_list() == [0.0] * 8


@pytest.mark.parametrize("error", ["absolute", "relative"])
def test_gaps_late_starts_and_early_ends_give_finite_pieces_of_at_least_nothing(
    demand: pl.DataFrame, weeks: pl.DataFrame, error: boosting.Error
) -> None:
    number, week = pl.col("series_no"), pl.col("week_no") - FIRST_WEEK
    spoilt = demand.filter(
        (number != 1) | (week % 7 == 0),
        (number != 2) | (week >= 105),
        (number != 3) | (week < 40),
        (number != 4) | (week == 109),
        (number != 5) | (week == 0),
    )
    kinds = pl.DataFrame({"series_no": EVERYONE[:6], "pool_no": [1, 1, 2, 2, 3, 3]})
    said = boosting.forecast(spoilt, wanted(EVERYONE), weeks, kinds=kinds, error=error)
    pieces = said["forecast_pieces"].to_numpy()
    assert said.height == 12 * 4
    assert np.isfinite(pieces).all()
    assert (pieces >= 0).all()


def test_without_the_package_nothing_is_said_and_the_reason_is_logged(
    demand: pl.DataFrame,
    weeks: pl.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    assert boosting.forecast(demand, wanted([1]), weeks).is_empty()
    assert "not installed" in caplog.text
