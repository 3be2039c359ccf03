"""What promotions brought beyond a week without them, worked out from the lines."""

from __future__ import annotations

import polars as pl

from tests.integration.oracle.frames import ratio

A_WEEK = pl.duration(weeks=1)
SCOPES = ["outlet_code", "banner", "city", "channel", "distributor_code"]
SERIES = ["distributor_code", "outlet_code", "sku_code"]
PROMOTION = ["promo_code", "first_week"]
EVENT = ["promo_code", "first_week", "last_week", "baseline_first_week", "post_last_week"]


def monday(column: str) -> pl.Expr:
    return pl.col(column).dt.truncate("1w")


def events(promotions: pl.DataFrame, baseline_weeks: int, post_weeks: int) -> pl.DataFrame:
    """Promotions of a SKU with the weeks they run in, are measured against and are felt after."""
    return promotions.with_columns(
        first_week=monday("start_date"), last_week=monday("end_date")
    ).with_columns(
        baseline_first_week=pl.col("first_week") - baseline_weeks * A_WEEK,
        post_last_week=pl.col("last_week") + post_weeks * A_WEEK,
    )


def reached(planned: pl.DataFrame, sold: pl.DataFrame, belongs: pl.DataFrame) -> pl.DataFrame:
    """Outlets in the scope of a promotion as they stood on its first day, buying the SKU around it.

    Args:
        planned: The `events`.
        sold: What distributors sold outlets by week, with week_start_date.
        belongs: The organisation on the first day of every promotion, for every outlet.
    """
    buyers = sold.select(*SERIES, "week_start_date")
    around = planned.rename({name: f"scope_{name}" for name in SCOPES}).join(buyers, on="sku_code")
    around = around.filter(
        pl.col("week_start_date").is_between("baseline_first_week", "post_last_week")
    )
    whose = belongs.select("outlet_code", "banner", "city", "channel", start_date="day")
    stood = around.join(whose, on=["outlet_code", "start_date"])
    is_met = [
        (pl.col(name) == pl.col(f"scope_{name}")) | pl.col(f"scope_{name}").is_null()
        for name in SCOPES
    ]
    return stood.filter(is_met).select(*SERIES, *EVENT).unique()


def stocked(sold: pl.DataFrame) -> pl.DataFrame:
    """Weeks in which a distributor sold a SKU to anybody; in others it was out of stock."""
    sellers = sold.filter(pl.col("sold_pieces") > 0)
    return sellers.select("distributor_code", "sku_code", "week_start_date").unique()


def promoted_weeks(told: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Weeks of an outlet's SKU that belong to a promotion: a running one first, then the later one.

    A week its distributor reported nothing of says nothing.

    Args:
        told: The outlets `reached`.
        sold: What distributors sold outlets by week.
    """
    reported = sold.select("distributor_code", "week_start_date").unique()
    spans = told.join(reported, on="distributor_code").filter(
        pl.col("week_start_date").is_between("first_week", "post_last_week")
    )
    spans = spans.with_columns(is_running=pl.col("week_start_date") <= pl.col("last_week"))
    best = spans.sort("is_running", "first_week", "promo_code", descending=[True, True, True])
    return best.unique([*SERIES, "week_start_date"], keep="first")


def seasons(told: pl.DataFrame, promoted: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """What a distributor sold in the weeks around a promotion of SKUs nobody promoted in them."""
    around = pl.col("week_start_date").is_between("baseline_first_week", "post_last_week")
    spans = told.select(*PROMOTION, "baseline_first_week", "post_last_week").unique()
    others = promoted.select("sku_code", "week_start_date").unique()
    on_promotion = spans.join(others, how="cross").filter(around)
    weekly = sold.group_by("distributor_code", "sku_code", "week_start_date").agg(
        pl.col("sold_pieces").cast(pl.Float64).sum()
    )
    return (
        spans.join(weekly, how="cross")
        .filter(around)
        .join(on_promotion, on=[*PROMOTION, "sku_code"], how="anti")
        .group_by(*PROMOTION, "distributor_code", "week_start_date")
        .agg(season=pl.col("sold_pieces").sum())
    )


def baselines(
    told: pl.DataFrame,
    promoted: pl.DataFrame,
    sold: pl.DataFrame,
    season: pl.DataFrame,
    least_weeks: int,
) -> pl.DataFrame:
    """The mean week before a promotion, without weeks of any and without those out of stock."""
    bought = sold.select(*SERIES, "week_start_date", "sold_pieces", "sold_amount")
    before = (
        told.join(stocked(sold), on=["distributor_code", "sku_code"])
        .filter(
            pl.col("week_start_date") >= pl.col("baseline_first_week"),
            pl.col("week_start_date") < pl.col("first_week"),
        )
        .join(promoted, on=[*SERIES, "week_start_date"], how="anti")
        .join(bought, on=[*SERIES, "week_start_date"], how="left")
        .join(season, on=[*PROMOTION, "distributor_code", "week_start_date"], how="left")
    )
    means = before.group_by(*SERIES, *PROMOTION).agg(
        baseline_weeks=pl.len(),
        baseline_pieces=mean_week("sold_pieces"),
        baseline_amount=mean_week("sold_amount"),
        usual_season=mean_week("season"),
    )
    return means.filter(pl.col("baseline_weeks") >= least_weeks)


def mean_week(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64).fill_null(0.0).mean()


def promotion_weeks(
    told: pl.DataFrame, promoted: pl.DataFrame, sold: pl.DataFrame, least_weeks: int
) -> pl.DataFrame:
    """Every promoted week of an outlet's SKU beside its baseline; null where it has none.

    The baseline moves with what the distributor sold of SKUs without promotion.
    """
    season = seasons(told, promoted, sold)
    usual = baselines(told, promoted, sold, season, least_weeks)
    bought = sold.select(*SERIES, "week_start_date", "sold_pieces", "sold_amount")
    zero = [pl.col(name).cast(pl.Float64).fill_null(0.0) for name in ("sold_pieces", "sold_amount")]
    moved = (
        pl.when(pl.col("usual_season") > 0)
        .then(pl.col("season").fill_null(0.0) / pl.col("usual_season"))
        .otherwise(1.0)
    )
    return (
        promoted.join(bought, on=[*SERIES, "week_start_date"], how="left")
        .with_columns(zero)
        .join(usual, on=[*SERIES, *PROMOTION], how="left")
        .join(season, on=[*PROMOTION, "distributor_code", "week_start_date"], how="left")
        .with_columns(pl.col("baseline_pieces", "baseline_amount") * moved)
    )


def promotion_roi(weeks: pl.DataFrame, least_cover: float) -> pl.DataFrame:
    """Pieces and amounts of `marts.promotion_roi`, of a SKU and of the whole promotion.

    Args:
        weeks: The `promotion_weeks`.
        least_cover: Share of the pieces that must have a baseline for an uplift to be told.
    """
    levels = (("all", pl.lit("all")), ("sku", pl.col("sku_code")))
    told = pl.concat(
        weeks.with_columns(item_level=pl.lit(level), item_code=code) for level, code in levels
    )
    usual, amount = (
        pl.col(name).round(decimals, mode="half_away_from_zero")
        for name, decimals in (("baseline_pieces", 3), ("baseline_amount", 2))
    )
    pieces, is_running = pl.col("sold_pieces"), pl.col("is_running")
    has_baseline = pl.col("baseline_weeks").is_not_null()
    sums = told.group_by("promo_code", "item_level", "item_code").agg(
        outlet_count=pl.col("outlet_code").n_unique().cast(pl.Int64),
        sold_pieces=pieces.filter(is_running).sum(),
        baseline_cover_num=pieces.filter(is_running & has_baseline).sum(),
        uplift_num=(pieces - usual).sum(),
        uplift_den=usual.sum(),
        running_uplift_num=(pieces - usual).filter(is_running).sum(),
        running_uplift_den=usual.filter(is_running).sum(),
        incremental_net_amount=(pl.col("sold_amount") - amount).sum(),
    )
    is_told = pl.col("baseline_cover_num") >= least_cover * pl.col("sold_pieces")
    hidden = [name for name in sums.columns if "uplift" in name or name.startswith("incremental")]
    return sums.with_columns(
        pl.when(is_told, pl.col("sold_pieces") > 0).then(pl.col(hidden))
    ).with_columns(
        baseline_cover_ratio=ratio("baseline_cover_num", "sold_pieces"),
        uplift_ratio=ratio("uplift_num", "uplift_den"),
        running_uplift_ratio=ratio("running_uplift_num", "running_uplift_den"),
    )
