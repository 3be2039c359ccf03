"""What the promotions truly brought and cost, by distributor."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.demand import Wanted, split_cell
from pipelines.sample.masters import Ints
from pipelines.sample.promotions import COST_OF_MARGIN, LOSERS_COST_OF_SALES, MARGIN_RATIO
from pipelines.sample.region import Region


def promoted(region: Region) -> pl.DataFrame:
    """Pieces and money of every promotion and sender.

    Returns:
        `promo` (its number), `sender`; `base_pieces` sold anyway while it ran, `added_pieces` sold
        because of it, `dip_pieces` that stayed away after it; `base_value` and `added_value` in fen
        without VAT; `cost` in fen.
    """
    plan, promotions = region.plan, region.promotions
    _, sku, week = split_cell(plan, region.skus, region.served.cell)
    number = promotions.of(promotions.running, sku, week, region.served.outlet)
    added = region.served.promo >= 0
    parts = [
        _summed(region, region.served.only((number >= 0) & ~added), number[(number >= 0) & ~added]),
        _summed(region, region.served.only(added), region.served.promo[added]),
        _summed(region, region.dipped, region.dipped.promo),
    ]
    names = (("base_pieces", "base_value"), ("added_pieces", "added_value"), ("dip_pieces", "_"))
    named = [
        part.rename({"pieces": pieces, "value": value})
        for part, (pieces, value) in zip(parts, names, strict=True)
    ]
    keys = ["promo", "sender"]
    rows = named[0]
    for more in named[1:]:
        rows = rows.join(more, on=keys, how="full", coalesce=True)
    return _costed(region, rows.drop("_").fill_null(0).sort(keys))


def promotion_costs(region: Region, rows: pl.DataFrame) -> Ints:
    """Fen each promotion costs in all, in the order of the calendar."""
    costs = np.zeros(len(region.promotions.all), dtype=np.int64)
    np.add.at(costs, rows["promo"].to_numpy(), rows["cost"].to_numpy())
    return costs


def promotion_truth(region: Region, rows: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """What is true of each promotion, with what was claimed for it in claims that hold."""
    one = pl.DataFrame(
        [
            (number, p.code, p.uplift, p.dip, p.loses)
            for number, p in enumerate(region.promotions.all)
        ],
        schema=["promo", "promo_code", "planted_uplift", "planted_dip", "is_loser"],
        orient="row",
    )
    known = rows.group_by("promo").agg(pl.all().exclude("sender").sum())
    told = claims.filter((pl.col("bad") == "") & (pl.col("promo") >= 0) & ~pl.col("is_first_try"))
    told = told.group_by("promo").agg(claimed=pl.col("amount").sum())
    named = {"base_value": "base_fen", "added_value": "added_fen"}
    named |= {"cost": "cost_fen", "claimed": "claimed_fen"}
    joined = one.join(known, on="promo", how="left").join(told, on="promo", how="left")
    return joined.fill_null(0).sort("promo").drop("promo").rename(named)


def _summed(region: Region, lines: Wanted, number: Ints) -> pl.DataFrame:
    skus, (_, sku, _) = region.skus, split_cell(region.plan, region.skus, lines.cell)
    price = np.where(lines.day >= region.plan.change_day, skus.price_new[sku], skus.price[sku])
    given = np.array([one.discount for one in region.promotions.all])[number]
    frame = pl.DataFrame(
        {
            "promo": number,
            "sender": region.outlets.distributor[lines.outlet] + 1,
            "pieces": lines.pieces,
            "value": lines.pieces * price * (100 - given) // 10_000,
        }
    )
    return frame.group_by("promo", "sender").agg(pl.col("pieces").sum(), pl.col("value").sum())


def _costed(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `cost`: less than what it earns, but for those planted to lose."""
    loses = pl.Series([one.loses for one in region.promotions.all]).gather(rows["promo"])
    earned = pl.col("added_value") * MARGIN_RATIO * COST_OF_MARGIN
    lost = (pl.col("base_value") + pl.col("added_value")) * LOSERS_COST_OF_SALES
    cost = pl.when(loses).then(lost).otherwise(earned).round()
    return rows.with_columns(cost=cost.cast(pl.Int64))
