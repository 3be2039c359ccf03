"""What distributors have ordered and not yet received, as the company's ERP lists it every day.

Goods ordered on a Tuesday leave on Saturday and come on Monday. What comes after the sample's last
day is planted: those out of stock have nothing coming, those with too much have yet more, and no
order is placed for goods that only the books have.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.demand import COVER_WEEKS
from pipelines.sample.families import CASE, PIECE, SALE
from pipelines.sample.masters import distributor_codes
from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, day_text, send_days
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.region import Region
from pipelines.sample.sellin import ORDERED_DAYS_BEFORE, SENDER, SHIPPED_DAYS_BEFORE, UNITS
from pipelines.sample.trouble import EMPTY_AT_THE_END, OVERSTOCKED, PHANTOM, troubled

LOOKED_BACK_WEEKS = 4
EXCESS_WEEKS = 3
HELD_BACK, NO_ETA = 0.02, 0.03
BAD_RATE, WARNED_RATE = 0.0008, 0.0008
# the list of a small region is short, and must have one of each kind
LARGEST_SHARE_IN_A_FILE = 0.07
MINUTE = 25
OPEN, SHIPPED, HELD = "未发", "在途", "暂停"
STATUSES = {OPEN: "open", SHIPPED: "shipped", HELD: "held"}


def send_open_orders(region: Region, invoices: pl.DataFrame, outbox: Outbox) -> pl.DataFrame:
    """Write the open lines of every day, one file a day.

    Args:
        region: The sample.
        invoices: What was delivered, as `make_invoices` tells it.
        outbox: Where to.

    Returns:
        What is open on the last day listed, in good rows: distributor, SKU, day expected (null:
        not said), status and pieces.
    """
    plan = region.plan
    rows = _spoiled(plan, _listed(region, _lines(region, invoices)))
    send_days(plan, _report(region), rows, plan.daily_from, outbox)
    return _truth(region, rows)


def _lines(region: Region, invoices: pl.DataFrame) -> pl.DataFrame:
    """Every order line: when it was ordered and when it comes, days from the first Monday."""
    delivered = invoices.filter(pl.col("type") == SALE).select(
        "sender", "sku", "pieces", "delivered"
    )
    lines = pl.concat([delivered, _to_come(region)]).sort("delivered", "sender", "sku")
    rng = region.plan.rng(Stream.OPEN_ORDERS)
    held, silent = (rng.random(lines.height) < rate for rate in (HELD_BACK, NO_ETA))
    return lines.with_columns(
        ordered=pl.col("delivered") - ORDERED_DAYS_BEFORE,
        line=pl.int_range(1, pl.len() + 1).over("delivered", "sender"),
        held=pl.Series(held),
        eta=pl.when(pl.Series(silent)).then(None).otherwise("delivered"),
    )


def _to_come(region: Region) -> pl.DataFrame:
    """What is ordered for the Monday after the sample, to the cover a distributor usually wants."""
    plan, skus, flows = region.plan, region.skus, region.flows
    mean = flows.demand[:, -LOOKED_BACK_WEEKS:].mean(axis=1)
    wanted = mean * (COVER_WEEKS + 1) - flows.closing[:, -1]
    empty, full, phantom = (
        troubled(plan, skus, flows.demand, what)
        for what in (EMPTY_AT_THE_END, OVERSTOCKED, PHANTOM)
    )
    wanted[empty] = wanted[phantom] = 0
    wanted[full] = mean[full] * EXCESS_WEEKS
    per_case = np.tile(skus.per_case_new, plan.size.distributors)
    pieces = (np.ceil(np.maximum(wanted, 0) / per_case) * per_case).astype(np.int64)
    (series,) = np.nonzero(pieces)
    return pl.DataFrame(
        {
            "sender": series // skus.count + 1,
            "sku": series % skus.count,
            "pieces": pieces[series],
            "delivered": np.full(series.size, plan.size.weeks * DAYS_IN_WEEK),
        }
    )


def _listed(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    """Every line on every day it is open, in cases where they are whole."""
    plan, skus = region.plan, region.skus
    start = (plan.daily_from - plan.first_monday).days
    days = pl.DataFrame({"day": range(start, plan.size.weeks * DAYS_IN_WEEK - 1)})
    day = pl.col("day")
    is_open = (pl.col("ordered") <= day) & (day < pl.col("delivered"))
    rows = days.join(lines, how="cross").filter(is_open).sort("day", "sender", "ordered", "line")
    sku = rows["sku"].to_numpy()
    later = rows["day"].to_numpy() >= plan.change_day
    per_case = np.where(later, skus.per_case_new[sku], skus.per_case[sku])
    pieces = rows["pieces"].to_numpy()
    whole = pieces % per_case == 0
    shipped = pl.col("delivered") - SHIPPED_DAYS_BEFORE <= day
    return rows.with_columns(
        content="day",
        unit=pl.Series(np.where(whole, CASE, PIECE)),
        quantity=pl.Series(np.where(whole, pieces // per_case, pieces)),
        status=pl.when("held")
        .then(pl.lit(HELD))
        .when(shipped)
        .then(pl.lit(SHIPPED))
        .otherwise(pl.lit(OPEN)),
    )


def _spoiled(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, and bends the days and quantities of those rows."""
    rng = plan.rng(Stream.OPEN_ORDERS, 1)
    said = pl.col("eta").is_not_null()
    reasons = ("quantity_invalid", "unmapped_sku", "eta_date_invalid", "negative_open_order")
    kinds = [Kind(reason, said) for reason in reasons]
    rows = rows.with_columns(bad=plant(rows, rng, kinds, BAD_RATE, LARGEST_SHARE_IN_A_FILE))
    good = [Kind("eta_before_order", said & (pl.col("bad") == ""))]
    rows = rows.with_columns(warned=plant(rows, rng, good, WARNED_RATE, LARGEST_SHARE_IN_A_FILE))
    minus = pl.when(pl.col("bad") == "negative_open_order").then(-1).otherwise(1)
    early = pl.col("warned") == "eta_before_order"
    return rows.with_columns(
        quantity=pl.col("quantity") * minus,
        eta=pl.when(early).then(pl.col("ordered") - 1).otherwise("eta"),
    )


def _report(region: Region) -> Report:
    plan, bad = region.plan, pl.col("bad")
    code = _code(region)
    sku = pl.col("sku").replace_strict(dict(enumerate(region.skus.codes)), return_dtype=pl.String)
    ordered = day_text(plan, "ordered")
    columns = {
        "截止日期": day_text(plan, "day"),
        "订单号": "SO" + code + ordered.str.replace_all("-", ""),
        "行项目": pl.col("line"),
        "售达方": code,
        "商品编码": pl.when(bad == "unmapped_sku").then(pl.lit("ZZ7")).otherwise(sku),
        "下单日期": ordered,
        "预计到货": pl.when(bad == "eta_date_invalid")
        .then(pl.lit("待定"))
        .otherwise(day_text(plan, "eta")),
        "状态": pl.col("status"),
        "未交数量": pl.when(bad == "quantity_invalid")
        .then(pl.lit("待定"))
        .otherwise(pl.col("quantity").cast(pl.String)),
        "计量单位": pl.col("unit").replace_strict(UNITS, return_dtype=pl.String),
    }
    return Report(SENDER, "open_order", columns, MINUTE, encoding="gb18030")


def _truth(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    first = pl.lit(region.plan.first_monday)
    last = rows.filter((pl.col("day") == rows["day"].max()) & (pl.col("bad") == ""))
    return last.select(
        distributor_code=_code(region),
        sku_code=pl.col("sku").replace_strict(
            dict(enumerate(region.skus.codes)), return_dtype=pl.String
        ),
        eta_date=first + pl.duration(days=pl.col("eta")),
        order_status=pl.col("status").replace_strict(STATUSES, return_dtype=pl.String),
        pieces="pieces",
    ).sort("distributor_code", "sku_code")


def _code(region: Region) -> pl.Expr:
    codes = dict(enumerate(distributor_codes(region.plan), 1))
    return pl.col("sender").replace_strict(codes, return_dtype=pl.String)
