"""Growth, what explains it and what promotions brought, beside their recomputation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from tests.integration.oracle import bridge, growth, promotions
from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.frames import NEAR, differences, says_nothing

PERIOD_KEYS = [*growth.PERIOD, *growth.NODE, *growth.ITEM, "basis"]
THREE_CENTS = 0.03


@pytest.fixture(scope="session")
def periods(sold: pl.DataFrame, compared: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    return growth.sku_periods(sold, compared, skus, growth.FIGURES)


@pytest.fixture(scope="session")
def bars(
    sold: pl.DataFrame,
    promoted: pl.DataFrame,
    belongs: pl.DataFrame,
    compared: pl.DataFrame,
    skus: pl.DataFrame,
    active: pl.DataFrame,
) -> pl.DataFrame:
    both = bridge.with_promotions(sold, promoted, belongs)
    figures = [*growth.FIGURES, *bridge.PROMOTED]
    told = growth.sku_periods(both, compared, skus, figures)
    return bridge.sales_bridge(told, active, skus)


def held_against(mart: pl.DataFrame, expected: pl.DataFrame, keys: Sequence[str]) -> None:
    """All rows are told; a row told beyond them holds nothing but zeros.

    What rounding leaves over of the other effects goes to price: up to a cent of each.
    """
    assert not expected.is_empty()
    assert says_nothing(mart, expected, keys)
    told = mart.join(expected, on=list(keys), how="semi")
    price = [name for name in expected.columns if name in ("price", "price_effect_amount")]
    assert differences(told, expected.drop(price), keys) == []
    for name in price:
        beside = told.join(expected.select(*keys, wanted=name), on=list(keys))
        off = (beside[name].cast(pl.Float64) - beside["wanted"]).abs()
        assert beside.filter(off > THREE_CENTS).is_empty()


def test_growth_week_is_what_the_lines_of_both_years_say(
    table: Tables, sold: pl.DataFrame, compared: pl.DataFrame, skus: pl.DataFrame
) -> None:
    expected = growth.growth_week(sold, compared, skus)
    held_against(table("marts.growth_week"), expected, growth.WEEK_KEYS)


def test_price_volume_and_mix_are_those_of_the_lines_by_both_variants(
    table: Tables, periods: pl.DataFrame, skus: pl.DataFrame
) -> None:
    expected = growth.price_volume_mix(periods, skus)
    held_against(table("marts.price_volume_mix"), expected, [*PERIOD_KEYS, "variant"])


def test_growth_drivers_are_shares_of_outlets_rate_of_sale_and_price(
    table: Tables, periods: pl.DataFrame, active: pl.DataFrame, skus: pl.DataFrame
) -> None:
    expected = growth.growth_driver(periods, active, skus)
    held_against(table("marts.growth_driver"), expected, PERIOD_KEYS)


def test_every_bar_of_the_bridge_is_what_the_lines_say(table: Tables, bars: pl.DataFrame) -> None:
    mart = table("marts.sales_bridge")
    wide = mart.pivot("bar", index=bridge.BY, values="bar_amount")
    held_against(wide, bars, bridge.BY)


def test_the_bars_of_the_bridge_lead_from_last_year_to_this_year_to_the_cent(
    table: Tables,
) -> None:
    sign = pl.when(pl.col("bar") == "this_year").then(-1).otherwise(1)
    left_over = (
        table("marts.sales_bridge")
        .group_by(bridge.BY)
        .agg(left=(pl.col("bar_amount") * sign).sum())
        .filter(pl.col("left") != 0)
    )
    assert left_over.is_empty()


def test_what_promotions_brought_is_what_outlets_bought_beyond_their_usual_week(
    table: Tables, promoted: pl.DataFrame, limits: dict[str, Any]
) -> None:
    mart, keys = table("marts.promotion_roi"), ["promo_code", *growth.ITEM]
    least = float(limits["promotion_baseline_cover_ratio"])
    expected = promotions.promotion_roi(promoted, least)
    told = mart.join(expected, on=keys, how="semi")
    assert differences(told, expected, keys) == []
    beyond = mart.join(expected, on=keys, how="anti")
    assert beyond.filter(pl.col("status") != "no_sales").is_empty()


def test_return_on_promotions_follows_from_margin_and_spend(table: Tables) -> None:
    mart = table("marts.promotion_roi")
    margin, spend = pl.col("incremental_margin_amount"), pl.col("spend_amount")
    is_ok = pl.col("status") == "ok"
    off = (
        (pl.col("roi_net_num") != margin - spend)
        | (pl.col("return_num") != margin)
        | ((pl.col("return_ratio") - pl.col("roi_net_ratio") - 1).abs() > NEAR)
    )
    assert mart.filter(is_ok).height > 0
    assert mart.filter(is_ok, off).is_empty()
    assert mart.filter(~is_ok, pl.col("roi_net_ratio").is_not_null()).is_empty()
