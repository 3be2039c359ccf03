"""What must hold of every figure, whatever the lines say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest

from tests.integration.oracle import distribution as shelf
from tests.integration.oracle import growth
from tests.integration.oracle.conftest import Tables
from tests.integration.oracle.frames import NEAR, money
from tests.integration.oracle.nodes import on_day
from tests.integration.region import Region

# kinds of node each outlet or distributor is in one of: their sums are the region's
WHOLE = ("province", "city", "channel", "banner", "distributor")
PEOPLE = ("supervisor", "rep")
ITEMS = ("category", "brand", "sku")
ADDITIVE = {
    "sales_month": (
        ["month_start_date", "assignment_basis"],
        ["sellout_pieces", "sellout_net_amount", "return_net_amount"],
        (*WHOLE, *PEOPLE),
    ),
    "growth_week": (
        ["week_start_date"],
        ["net_amount", "sold_pieces", "sold_amount", "return_amount", "yoy_iso_num", "yoy_iso_den"],
        (*WHOLE, *PEOPLE),
    ),
    "price_volume_mix": (
        ["period_type", "period_start_date", "basis", "variant"],
        ["net_amount", "base_net_amount", "returns_effect_amount"],
        (*WHOLE, *PEOPLE),
    ),
    "sales_bridge": (
        ["period_type", "period_start_date", "bar"],
        ["bar_amount"],
        (*WHOLE, *PEOPLE),
    ),
    "pnl_month": (
        ["month_start_date"],
        ["gsv_amount", "niv_amount", "returns_amount", "trade_spend_amount", "nsv_amount"],
        ("province", "city", "distributor"),
    ),
    "landing": (
        ["period_type", "period_start_date"],
        ["actual_amount", "still_to_come_amount"],
        WHOLE,
    ),
}
PVM = ["volume", "price", "mix", "new", "lost", "returns"]
DRIVERS = ["distribution", "rate_of_sale", "price", "returns"]
SHARES = [
    "numeric_distribution_ratio",
    "weighted_distribution_ratio",
    "imputed_weight_ratio",
    "oos_ratio",
    "baseline_cover_ratio",
    "time_gone_ratio",
]


def additive(name: str, mart: pl.DataFrame) -> pl.DataFrame:
    return mart.filter("is_additive") if name == "sales_bridge" else mart


@pytest.mark.parametrize("name", ADDITIVE)
def test_nodes_of_a_kind_add_up_to_the_region(table: Tables, name: str) -> None:
    keys, columns, kinds = ADDITIVE[name]
    mart = additive(name, table(f"marts.{name}"))
    items = [column for column in growth.ITEM if column in mart.columns]
    for kind in kinds:
        pair = mart.filter(pl.col("node_type").is_in(["region", kind]))
        if items:  # some kinds are not told by SKU
            levels = pair.filter(pl.col("node_type") == kind)["item_level"].unique().implode()
            pair = pair.filter(pl.col("item_level").is_in(levels))
        assert left_over(pair, [*keys, *items], columns, "node_type", "region") == []


@pytest.mark.parametrize("name", sorted(set(ADDITIVE) - {"landing"}))
def test_items_of_a_level_add_up_to_all(table: Tables, name: str) -> None:
    keys, columns, _ = ADDITIVE[name]
    mart = additive(name, table(f"marts.{name}"))
    for level in ITEMS:
        told = mart.filter(pl.col("item_level") == level)
        pair = mart.filter(pl.col("item_level").is_in(["all", level]))
        pair = pair.join(told.select("node_type").unique(), on="node_type", how="semi")
        if told.is_empty():
            continue
        assert left_over(pair, [*keys, *growth.NODE], columns, "item_level", "all") == []


@pytest.mark.parametrize("name", ADDITIVE)
def test_cities_add_up_to_their_province(table: Tables, name: str) -> None:
    keys, columns, _ = ADDITIVE[name]
    mart = additive(name, table(f"marts.{name}"))
    places = table("marts.dim_geo").select(node_code="city", province="province")
    items = [column for column in growth.ITEM if column in mart.columns]
    cities = mart.filter(pl.col("node_type") == "city").join(places, on="node_code", how="left")
    whose = cities.with_columns(node_code=pl.col("province").fill_null("UNKNOWN")).drop("province")
    pair = pl.concat([whose, mart.filter(pl.col("node_type") == "province")])
    by = [*keys, *items, "node_code"]
    assert left_over(pair, by, columns, "node_type", "province") == []


def left_over(
    pair: pl.DataFrame, by: Sequence[str], columns: Sequence[str], kind: str, parent: str
) -> list[dict[str, object]]:
    """Parents that are not the sum of their children, and what is left over."""
    whole, parts = pl.col(kind) == parent, pl.col(kind) != parent
    sums = pair.group_by(by).agg(
        pl.col(name).filter(whole).sum() - pl.col(name).filter(parts).sum() for name in columns
    )
    return sums.filter(pl.any_horizontal(pl.col(columns) != 0)).sort(by).head(3).to_dicts()


@pytest.mark.parametrize(
    ("name", "effects"), [("price_volume_mix", PVM), ("growth_driver", DRIVERS)]
)
def test_effects_add_up_to_the_difference_to_the_cent(
    table: Tables, name: str, effects: list[str]
) -> None:
    mart = table(f"marts.{name}")
    explained = pl.sum_horizontal(pl.col(f"{effect}_effect_amount") for effect in effects)
    off = mart.filter(pl.col("net_amount") - pl.col("base_net_amount") != explained)
    assert off.is_empty()


def test_midpoint_effects_change_their_sign_when_the_years_are_changed_over(
    sold: pl.DataFrame, compared: pl.DataFrame, skus: pl.DataFrame
) -> None:
    periods = growth.sku_periods(sold, compared, skus, growth.FIGURES)
    sides = {name: f"base_{name}" for name in growth.FIGURES}
    back = periods.rename(sides | {base: name for name, base in sides.items()})
    keys = [*growth.PERIOD, *growth.NODE, *growth.ITEM, "basis", "variant"]
    both = growth.price_volume_mix(periods, skus).join(
        growth.price_volume_mix(back, skus), on=keys, suffix="_back"
    )
    midpoint = both.filter(pl.col("variant") == "midpoint")
    assert not midpoint.is_empty()
    pairs = [(name, f"{name}_effect_amount_back") for name in ("volume", "price", "mix", "returns")]
    pairs += [("new", "lost_effect_amount_back"), ("lost", "new_effect_amount_back")]
    for name, reverse in pairs:
        there = pl.col(f"{name}_effect_amount").cast(pl.Float64)
        left = (there + pl.col(reverse).cast(pl.Float64)).abs()
        assert midpoint.filter(left > 1e-6 * there.abs().clip(1)).is_empty()


def test_weighted_distribution_is_numeric_distribution_where_all_weigh_the_same(
    table: Tables, lines: pl.DataFrame, belongs: pl.DataFrame, skus: pl.DataFrame
) -> None:
    weeks = lines.select("week_start_date").unique()
    trading = shelf.open_outlets(weeks, lines, table("marts.dim_outlet"), belongs)
    alike = shelf.universe(trading.with_columns(weight=money(7)), lines)
    looks = shelf.by_item(shelf.bought(lines), skus)
    told = shelf.of_all(shelf.distribution(alike, looks))
    off = pl.col("weighted_distribution_ratio") - pl.col("numeric_distribution_ratio")
    assert told.filter(off.abs() > NEAR).is_empty()
    assert told.height > 0


def test_what_is_out_of_stock_has_no_cover(table: Tables) -> None:
    mart = table("marts.stock_health")
    assert mart.filter("is_oos").height > 0
    assert mart.filter("is_oos", pl.col("trailing_cover_weeks") != 0).is_empty()


def test_weeks_are_compared_364_days_apart_and_as_far_from_the_festival(
    table: Tables, today: date
) -> None:
    weeks = table("marts.dim_week")
    monday, a_year = pl.col("week_start_date"), pl.duration(days=364)
    assert weeks.filter(pl.col("last_year_week_start_date") != monday - a_year).is_empty()
    offset = pl.col("festival_week_offset")
    base = weeks.select("festival", then=offset, last_year_festival_week_start_date=monday)
    near = weeks.filter(pl.col("festival") == "CNY", offset.is_between(-8, 4))
    told = near.join(base, on=["last_year_festival_week_start_date", "festival"])
    assert told.filter(monday.dt.year() == today.year).height > 0
    assert told.filter(offset != pl.col("then")).is_empty()


def test_a_ratio_is_its_parts_divided_and_null_where_there_is_nothing_to_divide_by(
    published: Region, table: Tables
) -> None:
    names = [name for name in published.built_tables() if name.startswith("marts.")]
    found = {name: ratios_of(table(name)) for name in names}
    assert any(found.values())
    off = [(name, kpi) for name, kpis in found.items() for kpi in unlike(table(name), kpis)]
    assert off == []


def ratios_of(mart: pl.DataFrame) -> list[str]:
    names = [column.removesuffix("_ratio") for column in mart.columns if column.endswith("_ratio")]
    return [name for name in names if {f"{name}_num", f"{name}_den"} <= set(mart.columns)]


def unlike(mart: pl.DataFrame, kpis: Sequence[str]) -> list[str]:
    """Ratios that are not their parts divided, or are not null exactly where they cannot be."""
    off = []
    for kpi in kpis:
        num, den, told = (pl.col(f"{kpi}_{part}") for part in ("num", "den", "ratio"))
        has_base = (num.is_not_null() & (den > 0)).fill_null(value=False)
        gap = (told - num.cast(pl.Float64) / den.cast(pl.Float64)).abs() > NEAR * told.abs()
        if mart.filter((told.is_not_null() != has_base) | gap).height > 0:
            off.append(kpi)
    return off


def test_shares_lie_between_nothing_and_all(published: Region, table: Tables) -> None:
    found = set()
    for name in published.built_tables():
        if not name.startswith("marts."):
            continue
        mart = table(name)
        for share in set(SHARES) & set(mart.columns):
            found.add(share)
            assert mart.filter(~pl.col(share).is_between(0, 1)).is_empty(), (name, share)
    assert found >= {"numeric_distribution_ratio", "weighted_distribution_ratio"}


def test_pieces_do_not_depend_on_the_unit_a_sender_counts_in(table: Tables) -> None:
    packs = table("marts.dim_sku").select(
        "sku_code", "pieces_per_case", "pieces_per_inner", "valid_from", "valid_to"
    )
    # words that stand in a map of units mean what the map says
    mapped = table("staging.stg_map_uom").select(_sender="distributor_code", uom="their_uom")
    lines = table("landing.sellout").filter(pl.col("quantity") != 0)
    own = lines.join(mapped, on=["_sender", "uom"], how="anti")
    packed = on_day(own.join(packs, on="sku_code"), "sold_date")
    per_unit = (pl.col("quantity_pieces") / pl.col("quantity")).abs().cast(pl.Float64)
    sizes = {
        "piece": pl.lit(1),
        "dozen": pl.lit(12),
        "inner": pl.col("pieces_per_inner"),
        "case": pl.col("pieces_per_case"),
    }
    told = packed.group_by("_sender", "uom").agg(
        (per_unit == size).fill_null(value=False).all().alias(name) for name, size in sizes.items()
    )
    # a word of a sender means the same of every product: pieces, dozens, inner packs or cases
    assert told.filter(~pl.any_horizontal(list(sizes))).is_empty()
    assert told.filter(pl.col("case") & ~pl.col("inner")).height > 0
