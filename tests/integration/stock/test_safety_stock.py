"""Safety stock is for so many cycles: demand drawn anew exceeds it about as often as agreed.

Past forecasts and what came are drawn, the models learn from them, and new cycles are drawn from
the same distributions. Of n past cycles and m new ones the share above the quantile scatters by
sqrt(p (1 - p) (1 / n + 1 / m)), and lies up to 1 / n above p: a quantile is one of the cycles seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import polars as pl
import pytest

from tests.integration.compiled import AS_OF, Compiled
from tests.integration.stock.counts import SKU, monday

KINDS = ("normal", "skewed", "intermittent")
PAST, NEW = 12_000, 12_000
"""Cycles of each kind."""
LEARN_FROM = 200
DEVIATIONS = 4.5
"""Of a hundred shares none lies further off by chance, one time in a thousand."""

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Cycles:
    """Forecasts of three weeks and what came, a row a cycle."""

    forecast: Matrix
    demand: Matrix


def _cycles(rng: np.random.Generator, kind: str, size: int) -> Cycles:
    """Sizes from 4 to 500 a week; errors of a cycle's weeks go together."""
    level = np.exp(rng.uniform(np.log(4), np.log(500), (size, 1)))
    forecast = np.round(level * rng.uniform(0.5, 1.5, (size, 3)), 3)
    shared = rng.standard_normal((size, 1))
    own = rng.standard_normal((size, 3))
    if kind == "normal":
        demand = forecast * (1 + 0.2 * shared + 0.2 * own)
    elif kind == "skewed":
        demand = forecast * np.exp(0.5 * shared + 0.5 * own - 0.25)
    else:
        demand = (rng.random((size, 3)) < 0.3) * rng.gamma(2, forecast / 0.6)
    return Cycles(forecast, np.round(np.maximum(demand, 0)))


def _leaves(kind: str, cycles: Cycles, first: int) -> pl.DataFrame:
    """Past forecasts of a kind, a series each."""
    size, weeks = cycles.forecast.shape
    return pl.DataFrame(
        {
            "series_no": np.repeat(np.arange(first, first + size), weeks),
            "lag_weeks": np.tile(np.arange(1, weeks + 1), size),
            "forecast_pieces": cycles.forecast.ravel(),
            "actual_pieces": cycles.demand.ravel(),
        }
    ).with_columns(origin_week_no=pl.lit(1), is_to_come=pl.lit(False), demand_class=pl.lit(kind))


def _given(
    codes: pl.Series, kinds: pl.Series, forecast: Matrix, supply: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Counts of nothing, whose next weeks are forecast."""
    weeks = forecast.shape[1]
    count = {"week_start_date": monday(AS_OF), "sku_code": SKU}
    key = [pl.lit(value).alias(name) for name, value in count.items()]
    step = np.tile(np.arange(weeks), len(codes))
    return {
        "int_stock_position": pl.DataFrame(
            {"distributor_code": codes, "good_pieces": 0.0}
        ).with_columns(key),
        "int_stock_demand": pl.DataFrame(
            {
                "distributor_code": np.repeat(codes.to_numpy(), weeks),
                "from_day": 7 * step,
                "to_day": 7 * step + 7,
                "weekly_pieces": forecast.ravel(),
                "cumulated_pieces": np.cumsum(forecast, axis=1).ravel(),
            }
        ).with_columns(key),
        "int_supply": pl.concat(
            [pl.DataFrame({"distributor_code": codes}), supply], how="horizontal"
        ),
        "forecast": pl.DataFrame({"distributor_code": codes, "demand_class": kinds}).with_columns(
            key[1]
        ),
    }


def _limits(service: float) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "service_level_ratio": service,
                "forecast_interval_min_rows": LEARN_FROM,
                "cover_weeks_high": 8,
                "trade_rsl_min_ratio": 0.3,
            }
        ]
    )


@pytest.mark.parametrize("service", [0.9, 0.98])
def test_new_cycles_exceed_what_is_held_as_often_as_agreed(
    compiled: Compiled, service: float
) -> None:
    rng = np.random.default_rng(61)
    past = {kind: _cycles(rng, kind, PAST) for kind in KINDS}
    new = {kind: _cycles(rng, kind, NEW) for kind in KINDS}
    forecast, demand = (
        np.concatenate([getattr(new[kind], name) for kind in KINDS])
        for name in ("forecast", "demand")
    )
    total = len(KINDS) * NEW
    weeks = rng.integers(1, 4, total)
    codes = pl.Series([f"D{number:05}" for number in range(total)])
    kinds = pl.Series(np.repeat(KINDS, NEW))
    supply = pl.DataFrame(
        {"lead_days": 7 * weeks - 7, "supply_days": 7 * weeks, "supply_weeks": weeks}
    ).with_columns(lead_sd_weeks=0.0)
    given = _given(codes, kinds, forecast, supply) | {
        "int_threshold_applied": _limits(service),
        "int_forecast_leaf": pl.concat(
            [_leaves(kind, past[kind], PAST * number) for number, kind in enumerate(KINDS)]
        ),
    }
    rows = compiled.run("int_stock_spread", "int_stock_ahead", given=given)

    lived = pl.DataFrame(
        {
            "distributor_code": codes,
            "kind": kinds,
            "weeks": weeks,
            "demand": _first(demand, weeks),
            "size": np.floor(np.log2(_first(forecast, weeks) + 0.5)),
        }
    )
    seen = (
        pl.concat(
            [
                pl.DataFrame(
                    {
                        "kind": kind,
                        "weeks": number,
                        "size": np.floor(
                            np.log2(past[kind].forecast[:, :number].sum(axis=1) + 0.5)
                        ),
                    }
                )
                for kind in KINDS
                for number in (1, 2, 3)
            ]
        )
        .group_by("kind", "weeks", "size")
        .agg(past=pl.len().cast(pl.Float64))
    )
    missed = (pl.col("demand") > pl.col("order_up_to_pieces").cast(pl.Float64)).mean()
    shares = (
        lived.join(rows, on="distributor_code", validate="1:1")
        .group_by("kind", "weeks", "size")
        .agg(missed=missed, new=pl.len().cast(pl.Float64))
        .join(seen, on=["kind", "weeks", "size"])
        .filter(pl.col("past") >= LEARN_FROM)
        .sort("kind", "weeks", "size")
    )
    assert shares.height > 9 * 5
    assert shares["new"].sum() > 0.95 * total
    scatter = (service * (1 - service) * (1 / pl.col("past") + 1 / pl.col("new"))).sqrt()
    off = (pl.col("missed") - (1 - service)).abs()
    assert shares.filter(off > DEVIATIONS * scatter + 1 / pl.col("past")).rows() == []
    of_kinds = shares.group_by("kind", "weeks").agg(
        missed=(pl.col("missed") * pl.col("new")).sum() / pl.col("new").sum(),
        past=pl.col("past").sum(),
        new=pl.col("new").sum(),
        sizes=pl.len(),
    )
    assert of_kinds.height == 9
    assert (
        of_kinds.filter(off > DEVIATIONS * scatter + pl.col("sizes") / pl.col("past")).rows() == []
    )


def _first(values: Matrix, weeks: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Matrix:
    """Sums of the first weeks of each row."""
    return np.cumsum(values, axis=1)[np.arange(len(values)), weeks - 1]


def test_late_deliveries_are_added_in_quadrature_and_the_service_level_is_reached(
    compiled: Compiled,
) -> None:
    # 100 a week scatter by 30; lead time 2 weeks and half a week, review 1. On 95 of 100 cycles
    # 1.645 x sqrt(3) x 30 = 85.5 is for demand, with 1.645 x 100 x 0.5 = 82.2 for lateness
    # sqrt(85.5^2 + 82.2^2) = 118.6
    rng = np.random.default_rng(62)
    past = Cycles(np.full((40_000, 3), 100.0), np.round(rng.normal(100, 30, (40_000, 3)), 3))
    supply = pl.DataFrame(
        {"lead_days": 14, "supply_days": 21, "supply_weeks": 3, "lead_sd_weeks": [0.0, 0.5]}
    )
    codes, kinds = pl.Series(["punctual", "late"]), pl.Series(["normal", "normal"])
    given = _given(codes, kinds, np.full((2, 13), 100.0), supply) | {
        "int_threshold_applied": _limits(0.95),
        "int_forecast_leaf": _leaves("normal", past, 0),
    }
    rows = compiled.run("int_stock_spread", "int_stock_ahead", given=given)
    held = dict(rows.select("distributor_code", pl.col("safety_stock_pieces").cast(float)).rows())
    assert held == {"punctual": pytest.approx(85.5, abs=2), "late": pytest.approx(118.6, abs=1.5)}
    assert sqrt(held["late"] ** 2 - held["punctual"] ** 2) == pytest.approx(82.2, abs=0.5)

    weeks = 1 + np.maximum(rng.normal(2, 0.5, 200_000), 0)
    demand = rng.normal(100 * weeks, 30 * np.sqrt(weeks))
    reached = {code: float((demand <= 300 + held[code]).mean()) for code in held}
    assert reached == {
        "punctual": pytest.approx(0.88, abs=0.015),
        "late": pytest.approx(0.945, abs=0.007),
    }
