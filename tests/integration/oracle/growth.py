"""Growth and what explains it, worked out from the lines."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tests.integration.oracle.frames import PIECES, money, ratio
from tests.integration.oracle.nodes import UNKNOWN, at_nodes, items
from tests.integration.oracle.sales import IS_RETURN, sunday_of, total

NODE = ["node_type", "node_code"]
ITEM = ["item_level", "item_code"]
PERIOD = ["period_type", "period_start_date"]
WEEK_KEYS = ["week_start_date", *NODE, *ITEM]
PLACES = ["province", "city", "channel", "banner", "supervisor_code", "rep_code"]
BASES = {"iso": "last_year_week_start_date", "festival": "last_year_festival_week_start_date"}
FIGURES = ["net_amount", "sold_pieces", "sold_amount"]
PERIODS = {"month": "1mo", "quarter": "1q", "year": "1y"}


def outlet_weeks(lines: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    """What a distributor sold an outlet of a SKU in a week, and whose the outlet was on its Sunday.

    What went out is told without returns, and only where the week has an amount.
    """
    keys = ["week_start_date", "distributor_code", "outlet_code", "sku_code"]
    weeks = lines.group_by(keys).agg(
        net_amount=total("net_amount"),
        sold_pieces=pl.col("quantity_pieces").filter(~IS_RETURN).sum(),
        returned=pl.col("net_amount").filter(IS_RETURN).sum(),
    )
    has_amount = pl.col("net_amount").is_not_null()
    told = weeks.with_columns(
        pl.col("net_amount").fill_null(money()),
        sold_pieces=pl.when(has_amount).then("sold_pieces").otherwise(pl.lit(0).cast(PIECES)),
        sold_amount=pl.when(has_amount)
        .then(pl.col("net_amount") - pl.col("returned"))
        .otherwise(money()),
    )
    whose = belongs.select("outlet_code", "day", *PLACES).with_columns(
        pl.col(PLACES).fill_null(UNKNOWN)
    )
    return sunday_of(told.drop("returned")).join(whose, on=["outlet_code", "day"])


def comparisons(sold: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """Weeks with sell-out and the week each is compared with on a basis, which has sell-out too."""
    weeks = sold["week_start_date"].unique().implode()
    told = (
        calendar.select("week_start_date", basis=pl.lit(basis), base_week_start_date=column)
        for basis, column in BASES.items()
    )
    return pl.concat(told).filter(
        pl.col("week_start_date").is_in(weeks) & pl.col("base_week_start_date").is_in(weeks)
    )


def growth_week(sold: pl.DataFrame, compared: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """`marts.growth_week`."""
    told = at_nodes(items(sold, skus)).group_by(WEEK_KEYS).agg(pl.col(FIGURES).sum())
    whole = told
    for basis in BASES:
        then = _then(
            told.select(*WEEK_KEYS, pl.col("net_amount").alias(f"{basis}_then")), compared, basis
        )
        whole = whole.join(then, on=WEEK_KEYS, how="full", coalesce=True)
    whole = whole.with_columns(
        pl.col("net_amount", "sold_amount").fill_null(money()),
        pl.col("sold_pieces").fill_null(pl.lit(0).cast(PIECES)),
    )
    for basis in BASES:
        whole = _grown(whole, compared, basis)
    ratios = [pl.col(f"yoy_{basis}_ratio").is_null() for basis in BASES]
    return whole.with_columns(
        return_amount=pl.col("net_amount") - pl.col("sold_amount"),
        status=pl.when(*ratios)
        .then(pl.lit("no_base"))
        .when(ratios[0])
        .then(pl.lit("no_iso_base"))
        .when(ratios[1])
        .then(pl.lit("no_festival_base"))
        .otherwise(pl.lit("ok")),
    ).drop("iso_then", "festival_then")


def _then(told: pl.DataFrame, compared: pl.DataFrame, basis: str) -> pl.DataFrame:
    """Figures of the base weeks, under the weeks they are compared with."""
    of_basis = compared.filter(pl.col("basis") == basis).drop("basis")
    renamed = told.rename({"week_start_date": "base_week_start_date"})
    return renamed.join(of_basis, on="base_week_start_date").drop("base_week_start_date")


def _grown(whole: pl.DataFrame, compared: pl.DataFrame, basis: str) -> pl.DataFrame:
    weeks = compared.filter(pl.col("basis") == basis)["week_start_date"].implode()
    has_base, then = pl.col("week_start_date").is_in(weeks), pl.col(f"{basis}_then")
    num, den = f"yoy_{basis}_num", f"yoy_{basis}_den"
    return whole.with_columns(
        pl.when(has_base).then(pl.col("net_amount") - then.fill_null(money())).alias(num),
        pl.when(has_base).then(then.fill_null(money())).alias(den),
    ).with_columns(ratio(num, den).alias(f"yoy_{basis}_ratio"))


def periods(compared: pl.DataFrame) -> pl.DataFrame:
    """Weeks comparable both ways, in the month, quarter and year their Thursday lies in."""
    both = compared.group_by("week_start_date").len().filter(pl.col("len") == len(BASES))
    thursday = pl.col("week_start_date") + pl.duration(days=3)
    told = (
        both.select(
            "week_start_date",
            period_type=pl.lit(kind),
            period_start_date=thursday.dt.truncate(every),
        )
        for kind, every in PERIODS.items()
    )
    return pl.concat(told)


def sku_periods(
    sold: pl.DataFrame, compared: pl.DataFrame, skus: pl.DataFrame, figures: Sequence[str]
) -> pl.DataFrame:
    """What a node sold of a SKU in a period and in the weeks compared with, on each basis."""
    keys = ["week_start_date", *NODE, "sku_code"]
    told = at_nodes(sold).group_by(keys).agg(pl.col(figures).sum())
    spans, whole = periods(compared), []
    for basis in BASES:
        then = _then(told.select(*keys, pl.col(figures).name.prefix("base_")), compared, basis)
        both = pl.concat([told, then], how="diagonal").with_columns(basis=pl.lit(basis))
        whole.append(both.join(spans, on="week_start_date"))
    names = [*figures, *(f"base_{name}" for name in figures)]
    summed = pl.concat(whole, how="diagonal").group_by(*PERIOD, *NODE, "basis", "sku_code")
    today = skus.filter("is_current").select("sku_code", "net_weight_grams", "launch_date")
    return summed.agg(pl.col(names).sum()).join(today, on="sku_code", how="left")


def effects(continuing: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Volume, price and mix of what is sold on both sides, in doubles, by both variants.

    Args:
        continuing: A row for each SKU with q0, q1 (kg or pieces) and v0, v1 (amounts).
        by: Columns of a figure.
    """
    q0, q1, v0, v1 = (pl.col(name) for name in ("q0", "q1", "v0", "v1"))
    s0, s1 = q0 / q0.sum().over(by), q1 / q1.sum().over(by)
    p0, p1 = v0 / q0, v1 / q1
    rows = continuing.with_columns(
        share=(s1 - s0) * (p0 + p1) / 2,
        change=(p1 - p0) * (s0 + s1) / 2,
        at_base=q1 * p0,
    )
    sums = rows.group_by(by).agg(pl.col("q0", "q1", "v0", "v1", "share", "change", "at_base").sum())
    middle = (q0 + q1) / 2
    return sums.with_columns(
        midpoint_volume=(q1 - q0) * (v0 / q0 + v1 / q1) / 2,
        midpoint_mix=middle * pl.col("share"),
        midpoint_price=middle * pl.col("change"),
        base_weighted_volume=(q1 - q0) * v0 / q0,
        base_weighted_mix=pl.col("at_base") - q1 * v0 / q0,
        base_weighted_price=v1 - pl.col("at_base"),
    )


def price_volume_mix(sold: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """`marts.price_volume_mix`, effects in doubles before they are rounded.

    Args:
        sold: The `sku_periods`.
        skus: `dim_sku`.
    """
    by = [*PERIOD, *NODE, *ITEM, "basis"]
    rows = items(sold, skus, ("all", "category", "brand"))
    is_new, is_lost = pl.col("base_sold_pieces") == 0, pl.col("sold_pieces") == 0
    simple = rows.group_by(by).agg(
        pl.col("net_amount", "base_net_amount").sum(),
        new_effect_amount=pl.col("sold_amount").filter(is_new).sum(),
        lost_effect_amount=-pl.col("base_sold_amount").filter(is_lost).sum(),
        returns_effect_amount=(returned("") - returned("base_")).sum(),
    )
    continuing = in_units(rows.filter(~is_new, ~is_lost), by)
    explained = effects(continuing, by)
    units = continuing.group_by(by).agg(quantity_unit=pl.col("unit").first())
    whole = simple.join(explained, on=by, how="left").join(units, on=by, how="left")
    return pl.concat(_variant(whole, by, name) for name in ("midpoint", "base_weighted"))


def returned(side: str) -> pl.Expr:
    return pl.col(f"{side}net_amount") - pl.col(f"{side}sold_amount")


def in_units(continuing: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Quantities in kg where every net weight is known, else in pieces."""
    grams = pl.col("net_weight_grams").cast(pl.Float64)
    is_known = (grams > 0).fill_null(value=False).all().over(by)
    weight = pl.when(is_known).then(grams / 1000).otherwise(1.0)
    return continuing.with_columns(
        q0=pl.col("base_sold_pieces").cast(pl.Float64) * weight,
        q1=pl.col("sold_pieces").cast(pl.Float64) * weight,
        v0=pl.col("base_sold_amount").cast(pl.Float64),
        v1=pl.col("sold_amount").cast(pl.Float64),
        unit=pl.when(is_known).then(pl.lit("kg")).otherwise(pl.lit("piece")),
    )


def _variant(whole: pl.DataFrame, by: Sequence[str], name: str) -> pl.DataFrame:
    exact = ["net_amount", "base_net_amount", "new_effect_amount", "lost_effect_amount"]
    return whole.select(
        *by,
        *exact,
        "returns_effect_amount",
        *(
            pl.col(f"{name}_{effect}").fill_null(0.0).alias(f"{effect}_effect_amount")
            for effect in ("volume", "price", "mix")
        ),
        variant=pl.lit(name),
        quantity_unit=pl.col("quantity_unit").fill_null(pl.lit("none")),
        status=pl.when(pl.col("quantity_unit").is_null())
        .then(pl.lit("no_base"))
        .otherwise(pl.lit("ok")),
    )


def active_outlets(sold: pl.DataFrame, skus: pl.DataFrame, compared: pl.DataFrame) -> pl.DataFrame:
    """Outlets that bought an item, added over the weeks of a period and of those compared with."""
    bought = at_nodes(items(sold.filter(pl.col("sold_pieces") > 0), skus))
    told = bought.group_by(WEEK_KEYS).agg(outlets=pl.col("outlet_code").n_unique().cast(pl.Int64))
    spans, whole = periods(compared), []
    for basis in BASES:
        then = _then(told.rename({"outlets": "base_outlets"}), compared, basis)
        both = pl.concat([told, then], how="diagonal").with_columns(basis=pl.lit(basis))
        whole.append(both.join(spans, on="week_start_date"))
    return (
        pl.concat(whole, how="diagonal")
        .group_by(*PERIOD, *NODE, *ITEM, "basis")
        .agg(
            outlet_week_count=pl.col("outlets").sum(),
            base_outlet_week_count=pl.col("base_outlets").sum(),
        )
    )


def shapley(
    x: tuple[pl.Expr, pl.Expr], y: tuple[pl.Expr, pl.Expr], z: tuple[pl.Expr, pl.Expr]
) -> pl.Expr:
    """What the change of the first of three factors brings to their product."""
    straight = (y[0] * z[0] + y[1] * z[1]) / 3
    return (x[1] - x[0]) * (straight + (y[0] * z[1] + y[1] * z[0]) / 6)


def growth_driver(sold: pl.DataFrame, outlets: pl.DataFrame, skus: pl.DataFrame) -> pl.DataFrame:
    """`marts.growth_driver`, effects in doubles before they are rounded.

    Args:
        sold: The `sku_periods`.
        outlets: The `active_outlets`.
        skus: `dim_sku`.
    """
    by = [*PERIOD, *NODE, *ITEM, "basis"]
    names = [f"{side}{name}" for side in ("", "base_") for name in FIGURES]
    whole = (
        items(sold, skus)
        .group_by(by)
        .agg(
            pl.col(names).sum(),
            returns_effect_amount=(returned("") - returned("base_")).sum(),
        )
    )
    both = whole.join(outlets, on=by, how="left").with_columns(
        pl.col("outlet_week_count", "base_outlet_week_count").fill_null(0)
    )
    n, r, p = (
        _sides(*names)
        for names in (
            ("outlet_week_count", None),
            ("sold_pieces", "outlet_week_count"),
            ("sold_amount", "sold_pieces"),
        )
    )
    return both.with_columns(
        distribution_effect_amount=shapley(n, r, p),
        rate_of_sale_effect_amount=shapley(r, n, p),
        price_effect_amount=shapley(p, n, r),
        rate_of_sale_pieces=ratio("sold_pieces", "outlet_week_count"),
        base_rate_of_sale_pieces=ratio("base_sold_pieces", "base_outlet_week_count"),
        price_per_piece=ratio("sold_amount", "sold_pieces"),
        base_price_per_piece=ratio("base_sold_amount", "base_sold_pieces"),
        rate_of_sale_num=pl.col("sold_pieces"),
        rate_of_sale_den=pl.col("outlet_week_count"),
    ).drop("sold_pieces", "sold_amount", "base_sold_pieces", "base_sold_amount")


def _sides(numerator: str, denominator: str | None) -> tuple[pl.Expr, pl.Expr]:
    """A factor in the base and now; nothing where there is nothing to divide by."""
    if denominator is None:
        return pl.col(f"base_{numerator}").cast(pl.Float64), pl.col(numerator).cast(pl.Float64)
    return (
        ratio(f"base_{numerator}", f"base_{denominator}").fill_null(0.0),
        ratio(numerator, denominator).fill_null(0.0),
    )
