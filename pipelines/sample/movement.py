"""Movement reports as they stand in the distributors' files: the stock and sales of whole months.

Pieces the flows of a distributor do not explain are goods moved between warehouses, and gifts sent
back out of season; what customers send back is written off, and free goods come beside the order.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.arrivals import INITIAL
from pipelines.sample.families import (
    CASE,
    FREE,
    INNER,
    MOVEMENTS,
    PIECE,
    RETURN,
    SALE,
    family_of,
)
from pipelines.sample.masters import Ints
from pipelines.sample.mess import ROWS_TO_SPOIL, Kind, plant
from pipelines.sample.plan import DAYS_IN_WEEK, Stream, next_month
from pipelines.sample.region import Region, family_table

BAD_RATE = 0.003
WARNED_RATE = 0.006
LEAST_SPOILED = 15
SMALL_GAP = 12
UNBALANCED = "movement_not_balanced"
OPENING_DIFFERS = "opening_not_last_closing"


def make_movements(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    """Every movement row of every file, in the order of the files.

    Args:
        region: The sample.
        lines: Sell-out lines in pieces, returns and free goods among them.

    Returns:
        `content` (number of the file content), quantities in the row's unit, `bad`, the reason a
        row must be quarantined for, and `warned`, the one it must be loaded with.
    """
    rows = _in_units(region, _reported(region, _moved(region, lines)))
    slot = pl.when(pl.col("month") < region.plan.monthly_from).then(INITIAL).otherwise("month")
    sent = rows.with_columns(slot=slot).join(
        region.content_numbers("movement"),
        on=["sender", "slot"],
        how="inner",
        maintain_order="left",
    )
    sent = _spoiled(region, sent)
    both = pl.concat([sent, _first_tries(region, sent)])
    both = both.with_columns(quantity=pl.col("opening"), pieces=pl.col("opening") * pl.col("each"))
    return both.sort("content", "month", "sku", maintain_order=True)


def _moved(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    """The flows of every series and month that had any."""
    pieces, bounds = monthly_flows(region, lines), month_bounds(region)
    series, month = np.nonzero(np.any(np.stack(list(pieces.values())), axis=0))
    frame = pl.DataFrame(
        {
            "sender": series // region.skus.count + 1,
            "sku": series % region.skus.count,
            "series": series,
            "month": month,
            "day": bounds[month],
            **{name: values[series, month] for name, values in pieces.items()},
        }
    )
    return frame.join(family_table().select("sender", "family"), on="sender", maintain_order="left")


def monthly_flows(region: Region, lines: pl.DataFrame) -> dict[str, Ints]:
    """Pieces of every flow by (series, month)."""
    bounds = month_bounds(region)
    sold, back, free = (_by_month(region, lines, kind, bounds) for kind in (SALE, RETURN, FREE))
    held = np.stack([_held_before(region, day) for day in bounds], axis=1)
    came = _received_by_month(region, bounds)
    gap = held[:, 1:] - held[:, :-1] - came + sold
    gift = np.tile(region.skus.is_gift, region.plan.size.distributors)[:, None]
    small = np.abs(gap) <= SMALL_GAP
    less, more = np.where(small, 0, np.maximum(-gap, 0)), np.where(small, 0, np.maximum(gap, 0))
    return {
        "opening": held[:, :-1],
        "receipts": came + free,
        "transfer_in": more,
        "customer_returns": back,
        "sellout": sold,
        "return_to_company": np.where(gift, less, 0),
        "damage": back,
        "samples": free,
        "transfer_out": np.where(gift, 0, less),
        "adjustment": np.where(small, gap, 0),
        "closing": held[:, 1:],
    }


def month_bounds(region: Region) -> Ints:
    """First day of every month, and of the one after the last, from the first Monday."""
    months = region.plan.months
    days = [*months, next_month(months[-1])]
    return np.array([(day - region.plan.first_monday).days for day in days])


def _by_month(region: Region, lines: pl.DataFrame, kind: int, bounds: Ints) -> Ints:
    """Pieces of one kind of document by (series, month)."""
    wanted = lines.filter(pl.col("type") == kind)
    series = (wanted["sender"].to_numpy() - 1) * region.skus.count + wanted["sku"].to_numpy()
    return _summed(region, series, wanted["day"].to_numpy(), wanted["pieces"].to_numpy(), bounds)


def _summed(region: Region, series: Ints, day: Ints, pieces: Ints, bounds: Ints) -> Ints:
    shape = (region.plan.size.distributors * region.skus.count, len(bounds) - 1)
    month = np.searchsorted(bounds, day, side="right") - 1
    inside = (month >= 0) & (month < shape[1])
    cell = series[inside] * shape[1] + month[inside]
    counted = np.bincount(cell, weights=pieces[inside], minlength=shape[0] * shape[1])
    return counted.astype(np.int64).reshape(shape)


def _received_by_month(region: Region, bounds: Ints) -> Ints:
    """Deliveries of the company, which come on Mondays."""
    series, week = np.nonzero(region.flows.received)
    pieces = region.flows.received[series, week]
    return _summed(region, series, week * DAYS_IN_WEEK, pieces, bounds)


def _held_before(region: Region, day: int) -> Ints:
    """Pieces each series holds on the evening before a day."""
    flows, served = region.flows, region.served
    week, weekday = divmod(int(day), DAYS_IN_WEEK)
    before = flows.closing[:, week - 1] if week else np.zeros_like(flows.closing[:, 0])
    if weekday == 0:
        return before
    gone = (served.day >= week * DAYS_IN_WEEK) & (served.day < day)
    sold = np.bincount(
        served.cell[gone] // region.plan.size.weeks,
        weights=served.pieces[gone],
        minlength=before.size,
    )
    return np.maximum(before + flows.received[:, week] - sold.astype(np.int64), 0)


def _reported(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """Without rows whose own code means another product on the first day of their month."""
    if region.codes.reused is None:
        return rows
    old, new = region.codes.reused
    handover = int(region.skus.launch_week[new]) * DAYS_IN_WEEK
    senders = range(1, region.plan.size.distributors + 1)
    own = pl.col("sender").is_in([number for number in senders if family_of(number).own_codes])
    gone = (pl.col("sku") == old) & (pl.col("day") >= handover)
    to_come = (pl.col("sku") == new) & (pl.col("day") < handover)
    return rows.filter(~(own & (gone | to_come)))


def _in_units(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """Quantities in cases or inner packs where all of a row are whole ones; adds `each`."""
    skus, sku = region.skus, rows["sku"].to_numpy()
    later = rows["day"].to_numpy() >= region.plan.change_day
    per_case = np.where(later, skus.per_case_new[sku], skus.per_case[sku])
    per_inner = skus.per_inner[sku]
    in_cases, in_inners = (_all_whole(rows, size) for size in (per_case, per_inner))
    in_inners &= per_inner > 1
    unit = np.where(in_cases, CASE, np.where(in_inners, INNER, PIECE))
    each = np.where(in_cases, per_case, np.where(in_inners, per_inner, 1))
    return rows.with_columns(
        *(pl.col(name) // pl.Series("each", each) for name in MOVEMENTS),
        unit=pl.Series(unit),
        each=pl.Series(each),
    )


def _all_whole(rows: pl.DataFrame, size: Ints) -> Ints:
    whole = [rows[name].to_numpy() % size == 0 for name in MOVEMENTS]
    return np.logical_and.reduce(whole)


def _spoiled(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, and bends the numbers of those rows."""
    rng = region.plan.rng(Stream.MESS, 4)
    filled = (pl.col("closing") > 0) & (pl.len().over("content") >= ROWS_TO_SPOIL)
    reasons = ("unmapped_sku", "unmapped_uom", "sellout_invalid", "period_start_date_invalid")
    kinds = [Kind(reason, filled) for reason in reasons]
    kinds.append(Kind("negative_stock", filled))
    least = LEAST_SPOILED / frame.height
    frame = frame.with_columns(bad=plant(frame, rng, kinds, max(BAD_RATE, least)))
    follows = _follows_a_good_row(frame)
    possible = filled & (pl.col("bad") == "")
    kinds = [Kind(UNBALANCED, possible), Kind(OPENING_DIFFERS, possible & follows)]
    frame = frame.with_columns(warned=plant(frame, rng, kinds, max(WARNED_RATE, least)))
    other = pl.when(pl.col("warned") == OPENING_DIFFERS).then(6).otherwise(0)
    lost = pl.when(pl.col("warned") == UNBALANCED).then(7).otherwise(0)
    closing = pl.col("closing")
    return frame.with_columns(
        opening=pl.col("opening") + other,
        adjustment=pl.col("adjustment") - other,
        damage=pl.col("damage") + lost,
        closing=pl.when(pl.col("bad") == "negative_stock").then(-closing).otherwise(closing),
    )


def _follows_a_good_row(frame: pl.DataFrame) -> pl.Expr:
    """Whether the month before of the same product was sent too, in a row that is loaded."""
    good = frame.filter(pl.col("bad") == "").select("series", pl.col("month") + 1, seen=True)
    seen = frame.join(good, on=["series", "month"], how="left", maintain_order="left")["seen"]
    return pl.lit(seen.fill_null(value=False))


def _first_tries(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Earlier versions of restated files: receipts counted twice and set right by a correction."""
    earlier = region.first_tries("movement")
    copied = frame.join(earlier, on="content", how="inner", maintain_order="left")
    rng = region.plan.rng(Stream.VERSIONS, 4)
    u = pl.Series(rng.random(copied.height))
    wrong = ((u < 0.2) | (pl.int_range(pl.len()).over("content") == 0)) & (pl.col("bad") == "")
    more = pl.when(wrong).then(5).otherwise(0)
    changed = copied.with_columns(
        receipts=pl.col("receipts") + more,
        adjustment=pl.col("adjustment") - more,
        content="first_try",
    )
    return changed.select(frame.columns)
