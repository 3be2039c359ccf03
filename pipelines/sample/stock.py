"""Stock snapshots as they stand in the distributors' files."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.arrivals import INITIAL
from pipelines.sample.demand import season
from pipelines.sample.families import CASE, PIECE
from pipelines.sample.masters import Ints, distributor_codes
from pipelines.sample.mess import Kind, plant
from pipelines.sample.plan import DAYS_IN_WEEK, Stream
from pipelines.sample.region import Region, family_table
from pipelines.sample.trouble import (
    EMPTY_AT_THE_END,
    KEEP_OLD_GIFTS,
    LOADED,
    NEAR_EXPIRY,
    OVERSTOCKED,
    PHANTOM,
    troubled,
)

BAD_RATE = 0.0012
DAYS_LEFT = 24
GOOD, NEAR, DAMAGED = range(3)
BATCH_DAYS = 28
DEAD_WEEKS = 13


def make_stock(region: Region) -> pl.DataFrame:
    """Every stock row of every file, in the order of the files.

    Returns:
        `content` (number of the file content), typed cells, and `bad`, the reason a row must be
        quarantined for.
    """
    rows = pl.concat(_batches(region, _held(region)))
    slot = pl.when(pl.col("week") < region.plan.split).then(INITIAL).otherwise("week")
    sent = rows.with_columns(slot=slot).join(
        region.content_numbers("stock"), on=["sender", "slot"], how="inner", maintain_order="left"
    )
    sent = _spoiled(region, _in_units(region, sent))
    both = pl.concat([sent, _first_tries(region, sent)])
    return both.sort("content", "day", "sku", "state", "production_day", maintain_order=True)


def stock_truth(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """The trouble planted in the last count of each distributor, as its good rows show it.

    Args:
        region: The sample.
        rows: What `make_stock` gives.

    Returns:
        One row a case: `kind`, distributor, SKU, the day its batch expires (null but for kind
        `expiry`) and `pieces`, what is counted and not damaged.
    """
    final = region.content_numbers("stock").select("content")
    day = pl.col("day")
    counted = rows.join(final, on="content", how="semi").filter(
        (day == day.max().over("sender")) & (pl.col("bad") == "") & (pl.col("state") != DAMAGED)
    )
    cases = counted.join(_planted(region), on="series")
    expiry = pl.lit(region.plan.first_monday) + pl.duration(days=pl.col("expiry_day"))
    codes = dict(enumerate(distributor_codes(region.plan), 1))
    return (
        cases.group_by(
            "kind",
            distributor_code=pl.col("sender").replace_strict(codes, return_dtype=pl.String),
            sku_code=pl.Series(region.skus.codes).gather(cases["sku"]),
            expiry_date=pl.when(pl.col("kind") == "expiry").then(expiry),
        )
        .agg(pl.col("pieces").sum())
        .filter((pl.col("pieces") > 0) | (pl.col("kind") == "oos"))
        .sort("kind", "distributor_code", "sku_code", "expiry_date")
    )


def _planted(region: Region) -> pl.DataFrame:
    """Which kind of trouble is planted in which series."""
    plan, skus, demand = region.plan, region.skus, region.flows.demand
    series = {
        "oos": troubled(plan, skus, demand, EMPTY_AT_THE_END),
        "over": troubled(plan, skus, demand, OVERSTOCKED),
        "expiry": troubled(plan, skus, demand, NEAR_EXPIRY),
        "dead": _dead(region),
        "phantom": troubled(plan, skus, demand, PHANTOM),
        "pushed": troubled(plan, skus, demand, LOADED),
    }
    return pl.concat(
        pl.DataFrame(
            {"kind": kind, "series": numbers}, schema={"kind": pl.String, "series": pl.Int64}
        )
        for kind, numbers in series.items()
    )


def _dead(region: Region) -> Ints:
    """Gifts kept from a season past that nobody asks for in the quarter to come."""
    plan, skus = region.plan, region.skus
    coming = season(plan, skus, DEAD_WEEKS)[:, plan.size.weeks :].sum(axis=1)
    (dead,) = np.nonzero(skus.is_gift & (coming == 0))
    who = [number for number in KEEP_OLD_GIFTS if number < plan.size.distributors]
    return (np.array(who)[:, None] * skus.count + dead).ravel()


def _held(region: Region) -> pl.DataFrame:
    """Pieces by series and week, with empty shelves where there was demand lately."""
    plan, skus, flows = region.plan, region.skus, region.flows
    week = np.arange(plan.size.weeks)
    summed = np.cumsum(flows.demand, axis=1)
    lately = summed - np.concatenate([np.zeros_like(summed[:, :8]), summed[:, :-8]], axis=1)
    alive = (skus.launch_week[:, None] <= week) & (week <= skus.delist_week[:, None])
    shown = np.tile(alive, (plan.size.distributors, 1)) & ((flows.closing > 0) | (lately > 0))
    series, weeks = np.nonzero(shown)
    near = troubled(plan, skus, flows.demand, NEAR_EXPIRY)
    return pl.DataFrame(
        {
            "sender": series // skus.count + 1,
            "sku": series % skus.count,
            "series": series,
            "week": weeks,
            "day": weeks * DAYS_IN_WEEK + DAYS_IN_WEEK - 1,
            "pieces": flows.closing[series, weeks],
            "shelf_life": skus.shelf_life[series % skus.count],
            "old": np.isin(series, near) & (weeks >= plan.size.weeks - 8),
        }
    ).join(family_table().select("sender", "family"), on="sender", maintain_order="left")


def _batches(region: Region, held: pl.DataFrame) -> list[pl.DataFrame]:
    """The pieces split into a newer and an older batch, and a few damaged ones beside."""
    last_day = region.plan.size.weeks * DAYS_IN_WEEK - 1
    grid = (pl.col("day") // BATCH_DAYS - 1) * BATCH_DAYS - pl.col("series") % 14
    ending = pl.lit(last_day + DAYS_LEFT) - pl.col("shelf_life") + pl.col("series") % 5
    filled = pl.col("pieces") > 0
    split = (pl.col("series") % 10 < 3) & ~pl.col("old") & (pl.col("pieces") >= 10)
    held = held.with_columns(
        production_day=pl.when(filled).then(pl.when("old").then(ending).otherwise(grid)),
        state=pl.lit(GOOD),
    )
    older = (pl.col("pieces") * 3 // 10).alias("pieces")
    second = held.filter(split).with_columns(older, pl.col("production_day") - BATCH_DAYS)
    first = held.with_columns(
        pieces=pl.when(split).then(pl.col("pieces") - older).otherwise("pieces"),
        state=pl.when(pl.col("old") & (pl.col("series") % 4 == 0))
        .then(pl.lit(NEAR))
        .otherwise("state"),
    )
    broken = held.filter((pl.col("series") % 37 == 0) & filled).with_columns(
        pieces=pl.lit(3, pl.Int64), state=pl.lit(DAMAGED)
    )
    return [first, second, broken]


def _in_units(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `unit` and `quantity`: whole cases where they are whole."""
    skus, sku, day = region.skus, frame["sku"].to_numpy(), frame["day"].to_numpy()
    per_case = np.where(day >= region.plan.change_day, skus.per_case_new[sku], skus.per_case[sku])
    pieces: Ints = frame["pieces"].to_numpy()
    whole = (pieces % per_case == 0) & (pieces > 0) & (frame["series"].to_numpy() % 5 < 3)
    return frame.with_columns(
        unit=pl.Series(np.where(whole, CASE, PIECE)),
        quantity=pl.Series(np.where(whole, pieces // per_case, pieces)),
        expiry_day=pl.col("production_day") + pl.col("shelf_life"),
    )


def _spoiled(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and bends the numbers and days of bad rows."""
    rng = region.plan.rng(Stream.MESS, 2)
    filled = pl.col("production_day").is_not_null()
    kinds = [
        Kind("negative_stock", filled),
        Kind("expiry_before_production", filled),
        Kind("quantity_invalid", filled),
    ]
    bad = plant(frame, rng, kinds, BAD_RATE)
    quantity, expiry = pl.col("quantity"), pl.col("expiry_day")
    return frame.with_columns(bad=bad).with_columns(
        quantity=pl.when(pl.col("bad") == "negative_stock").then(-quantity).otherwise(quantity),
        expiry_day=pl.when(pl.col("bad") == "expiry_before_production")
        .then(pl.col("production_day") - 30)
        .otherwise(expiry),
    )


def _first_tries(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Earlier versions of restated files: a count that was wrong by some units."""
    earlier = region.first_tries("stock")
    copied = frame.join(earlier, on="content", how="inner", maintain_order="left")
    rng = region.plan.rng(Stream.VERSIONS, 2)
    # the first row always, so that an earlier version is never the same file
    u = pl.Series(rng.random(copied.height))
    wrong = ((u < 0.2) | (pl.int_range(pl.len()).over("content") == 0)) & (pl.col("bad") == "")
    quantity, pieces = pl.col("quantity"), pl.col("pieces")
    per_unit = pl.when(quantity != 0).then(pieces // quantity).fill_null(1)
    changed = copied.with_columns(
        pieces=pl.when(wrong)
        .then(pl.col("pieces") + 2 * per_unit.fill_null(1))
        .otherwise("pieces"),
        quantity=pl.when(wrong).then(pl.col("quantity") + 2).otherwise("quantity"),
    )
    return changed.with_columns(content="first_try").select(frame.columns)
