"""Sell-out lines as they stand in the distributors' files."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.arrivals import INITIAL
from pipelines.sample.demand import Wanted, pieces_per_unit, split_cell
from pipelines.sample.families import FREE, RETURN, SALE
from pipelines.sample.masters import VAT_BASIS_POINTS, Ints
from pipelines.sample.mess import Kind, plant
from pipelines.sample.plan import DAYS_IN_WEEK, Stream
from pipelines.sample.region import Region, family_table

BAD_RATE = 0.0022
RETURN_RATE = 0.012
FREE_RATE = 0.02
UNKNOWN_OUTLET_RATE = 0.0015
LATE_DOCUMENTS_IN_A_THOUSAND = 4


def make_sellout(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    """Every sell-out row of every file, in the order of the files.

    Args:
        region: The sample.
        lines: What was sold, sent back and given away: `make_lines`.

    Returns:
        `content` (number of the file content), typed cells, and `bad`, the reason a row must be
        quarantined for.
    """
    sent = _sent(region, _documents(region, _priced(region, lines)))
    sent = _spoiled(region, sent)
    both = pl.concat([sent, _first_tries(region, sent)])
    return both.sort("content", "day", "document", "line_no", maintain_order=True)


def make_lines(region: Region) -> pl.DataFrame:
    """Sales, and the returns and free goods that go with some of them, in pieces above zero."""
    rng, served = region.plan.rng(Stream.LINES), region.served
    _, sku, _ = split_cell(region.plan, region.skus, served.cell)
    u = rng.random(served.cell.size)
    kinds = np.where(u < RETURN_RATE, RETURN, np.where(u < RETURN_RATE + FREE_RATE, FREE, SALE))
    sales = _frame(region, served, sku, np.full(served.cell.size, SALE))
    more = served.only(kinds != SALE)
    divided = np.where(kinds == RETURN, 3, 10)[kinds != SALE]
    count = np.maximum(1, more.count // divided)
    day, unit, which = more.day, more.unit, sku[kinds != SALE]
    pieces = count * pieces_per_unit(region.plan, region.skus, unit, which, day)
    extra = Wanted(more.cell, day, more.outlet, unit, count, pieces, more.promo)
    return pl.concat([sales, _frame(region, extra, which, kinds[kinds != SALE])])


def _frame(region: Region, wanted: Wanted, sku: Ints, kinds: Ints) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "sender": region.outlets.distributor[wanted.outlet] + 1,
            "sku": sku,
            "day": wanted.day,
            "outlet": wanted.outlet,
            "type": kinds,
            "unit": wanted.unit,
            "quantity": wanted.count,
            "pieces": wanted.pieces,
        }
    )
    return frame.join(family_table(), on="sender", how="left", maintain_order="left").filter(
        ~((pl.col("type") == FREE) & pl.col("negative_is_return"))
    )


def _priced(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `unit_price` in 1/10,000 yuan and `amount` in fen, as the sender states them."""
    plan, skus = region.plan, region.skus
    sku, day, sender = (frame[name].to_numpy() for name in ("sku", "day", "sender"))
    list_price = np.where(day >= plan.change_day, skus.price_new[sku], skus.price[sku])
    level = 970 + (sender * 37 + sku * 11) % 61
    outlet = frame["outlet"].to_numpy()
    paid = 100 - region.promotions.discounts(sku, day // DAYS_IN_WEEK, outlet)
    piece_price = list_price * level * paid // 100_000
    tax = np.where(frame["tax"].to_numpy(), 10_000 + VAT_BASIS_POINTS, 10_000)
    per_unit = frame["pieces"].to_numpy() // frame["quantity"].to_numpy()
    price = piece_price * tax // 10_000 * per_unit
    price = np.where(frame["type"].to_numpy() == FREE, 0, price)
    amount = (frame["quantity"].to_numpy() * price + 50) // 100
    minus = frame["returns_negative"] | frame["negative_is_return"]
    sign = np.where((frame["type"] == RETURN) & minus, -1, 1)
    return frame.with_columns(
        quantity=frame["quantity"].to_numpy() * sign,
        pieces=frame["pieces"].to_numpy() * sign,
        unit_price=pl.Series(price),
        amount=pl.Series(amount * sign),
    ).drop("tax", "returns_negative")


def _documents(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `document`, its number within the sender's day, and `line_no`."""
    keys = ["sender", "day", "type", "outlet"]
    frame = frame.sort(*keys, "sku", "unit", "quantity", maintain_order=True)
    frame = frame.with_columns(number=pl.struct(keys).rle_id(), row=pl.row_index())
    first = frame["number"].diff().fill_null(1) != 0
    starts = np.flatnonzero(first.to_numpy())
    line = np.arange(frame.height) - starts[frame["number"].to_numpy()] + 1
    days = frame.select(pl.struct("sender", "day").rle_id()).to_series().to_numpy()
    day_starts = np.flatnonzero(np.diff(days, prepend=-1))
    numbers = frame["number"].to_numpy()
    document = numbers - numbers[day_starts[days]] + 1
    return frame.with_columns(document=pl.Series(document), line_no=pl.Series(line)).drop(
        "number", "row"
    )


def _sent(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `content` and drops what was never sent; some documents come a week late."""
    plan = region.plan
    week = pl.col("day") // DAYS_IN_WEEK
    chance = (pl.col("outlet") * 7_919 + pl.col("day") * 104_729) % 1_000
    late = (chance < LATE_DOCUMENTS_IN_A_THOUSAND) & (week < plan.size.weeks - 2)
    weekly = pl.when(late).then(week + 1).otherwise(week)
    slot = pl.when(week < plan.split).then(INITIAL).otherwise(weekly).alias("slot")
    numbers = region.content_numbers("sellout")
    return frame.with_columns(slot).join(
        numbers, on=["sender", "slot"], how="inner", maintain_order="left"
    )


def _spoiled(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `unknown_outlet`, and bends the numbers and days of bad rows."""
    rng = region.plan.rng(Stream.MESS, 1)
    frame = frame.with_columns(bad=plant(frame, rng, _kinds(), BAD_RATE))
    unknown = pl.Series(rng.random(frame.height) < UNKNOWN_OUTLET_RATE) & (frame["bad"] == "")
    bad, shift = pl.col("bad"), pl.col("day") % 9
    minus = bad == "negative_sale"
    return frame.with_columns(
        unknown_outlet=unknown,
        quantity=pl.when(minus).then(-pl.col("quantity")).otherwise("quantity"),
        amount=pl.when(minus).then(-pl.col("amount")).otherwise("amount"),
        sold_day=pl.when(bad == "out_of_period")
        .then(_first_day(region) - 20 - shift)
        .when(bad == "future_date")
        .then(_receipt_day(region) + 20 + shift)
        .otherwise("day"),
    )


def _kinds() -> list[Kind]:
    sale = pl.col("type") == SALE
    return [
        Kind("document_no_missing", sale),
        Kind("sold_date_invalid", sale),
        Kind("quantity_invalid", sale),
        Kind("quantity_missing", sale),
        Kind("negative_sale", sale & ~pl.col("negative_is_return")),
        Kind("doc_type_not_allowed", pl.col("has_doc_type")),
        Kind("unmapped_sku", sale),
        Kind("unmapped_uom", sale),
        Kind("out_of_period", sale),
        Kind("future_date", sale),
    ]


def _first_day(region: Region) -> pl.Expr:
    """First day of the file's period."""
    slot = pl.col("slot")
    return pl.when(slot == INITIAL).then(0).otherwise(slot * DAYS_IN_WEEK)


def _receipt_day(region: Region) -> pl.Expr:
    """The Monday after the file's period, the usual day of receipt."""
    slot = pl.col("slot")
    week = pl.when(slot == INITIAL).then(region.plan.split - 1).otherwise(slot)
    return (week + 1) * DAYS_IN_WEEK


def _first_tries(region: Region, frame: pl.DataFrame) -> pl.DataFrame:
    """Earlier versions of restated files: some rows missing, some quantities wrong."""
    earlier = region.first_tries("sellout")
    copied = frame.join(earlier, on="content", how="inner", maintain_order="left")
    rng = region.plan.rng(Stream.VERSIONS, 1)
    u = pl.Series(rng.random(copied.height))
    wrong = (u < 0.14) & (copied["type"] == SALE) & (copied["bad"] == "")
    more, unit_price = pl.col("quantity") + 1, pl.col("unit_price")
    per_unit = pl.col("pieces") // pl.col("quantity")
    changed = copied.with_columns(
        content="first_try",
        amount=pl.when(wrong).then((more * unit_price + 50) // 100).otherwise("amount"),
        pieces=pl.when(wrong).then(more * per_unit).otherwise("pieces"),
        quantity=pl.when(wrong).then(more).otherwise("quantity"),
    )
    # the first row always, so that an earlier version is never the same file
    first = pl.int_range(pl.len()).over("content") == 0
    return changed.filter((u >= 0.08) & ~first).select(frame.columns)
