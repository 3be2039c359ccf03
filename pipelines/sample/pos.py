"""What chains sold to shoppers, as the portal of the key accounts reports it week by week."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import numpy as np
import polars as pl

from pipelines.sample.demand import split_cell
from pipelines.sample.masters import banners
from pipelines.sample.mess import ROWS_TO_SPOIL, Kind, plant
from pipelines.sample.offices import Report, day_text, send, yuan
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.region import Region
from pipelines.sample.terms import SHELF_LOW, shelf_price
from pipelines.sample.words import CHANNELS

SENDER = "kam"
CHAINS = ("KA", "CVS")
LATE_WEEK, COPIED_WEEK = 1, 2
BAD_RATE, WARNED_RATE = 0.002, 0.002
MINUTE = 30


def send_pos(region: Region, outbox: Outbox) -> None:
    """Write the sales of every week that is due, one file a week."""
    plan, report = region.plan, _report(region)
    rows = _spoiled(plan, sold_through(region))
    for week in range(plan.split, plan.size.weeks):
        part = rows.filter(pl.col("content") == week)
        if plan.sunday(week) + timedelta(days=2) <= plan.as_of:
            _send_week(plan, report, part, week, outbox)


def sold_through(region: Region) -> pl.DataFrame:
    """Sales and stock by outlet, product and day: half of a delivery sells soon, half later."""
    plan, outlets, served = region.plan, region.outlets, region.served
    chains = np.isin(outlets.channel, [n for n, c in enumerate(CHANNELS) if c.code in CHAINS])
    bought = served.only(chains[served.outlet])
    _, sku, _ = split_cell(plan, region.skus, bought.cell)
    soon, later = bought.day + 1 + bought.outlet % 3, bought.day + 5 + bought.outlet % 4
    half = (bought.pieces + 1) // 2
    moves = [(bought.day, bought.pieces, 0), (soon, -half, 1), (later, half - bought.pieces, 1)]
    parts = [
        pl.DataFrame(
            {"outlet": bought.outlet, "sku": sku, "day": day, "move": move, "is_sale": is_sale}
        )
        for day, move, is_sale in moves
    ]
    daily = (
        pl.concat(parts)
        .group_by("outlet", "sku", "day")
        .agg(pl.col("move").sum(), sold=-(pl.col("move") * pl.col("is_sale")).sum())
        .sort("outlet", "sku", "day")
        .with_columns(on_hand=pl.col("move").cum_sum().over("outlet", "sku"))
    )
    return _priced(region, daily.filter(pl.col("sold") > 0).drop("move"))


def _priced(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the weeks that are reported, with `price` and `amount` in fen."""
    plan, skus = region.plan, region.skus
    days = plan.split * DAYS_IN_WEEK, plan.size.weeks * DAYS_IN_WEEK - 1
    rows = rows.filter(pl.col("day").is_between(*days))
    sku, day, outlet = (rows[name].to_numpy() for name in ("sku", "day", "outlet"))
    list_price = np.where(day >= plan.change_day, skus.price_new[sku], skus.price[sku])
    off = region.promotions.discounts(sku, day // DAYS_IN_WEEK, outlet)
    price = shelf_price(list_price, SHELF_LOW + 10) // 100 * (100 - off) // 100
    return rows.with_columns(
        price=pl.Series(price),
        amount=pl.Series(price) * pl.col("sold"),
        content=pl.col("day") // DAYS_IN_WEEK,
    ).sort("content", "outlet", "sku", "day")


def _spoiled(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, and bends the numbers of those rows."""
    rng = plan.rng(Stream.POS)
    many = pl.len().over("content") >= ROWS_TO_SPOIL
    reasons = ("sold_date_invalid", "quantity_invalid", "quantity_missing", "unmapped_sku")
    rows = rows.with_columns(bad=plant(rows, rng, [Kind(r, many) for r in reasons], BAD_RATE))
    good = many & (pl.col("bad") == "")
    reasons = ("ka_stock_negative", "ka_amount_sign_differs")
    rows = rows.with_columns(warned=plant(rows, rng, [Kind(r, good) for r in reasons], WARNED_RATE))
    warned = pl.col("warned")
    return rows.with_columns(
        on_hand=pl.when(warned == "ka_stock_negative").then(-3).otherwise("on_hand"),
        amount=pl.when(warned == "ka_amount_sign_differs")
        .then(-pl.col("amount"))
        .otherwise("amount"),
    )


def _send_week(plan: Plan, report: Report, rows: pl.DataFrame, week: int, outbox: Outbox) -> None:
    """One week: one comes late, one twice."""
    number = week - plan.split
    is_late = number == LATE_WEEK
    day = plan.sunday(week) + timedelta(days=5 if is_late else 2)
    stamp, period = f"{plan.monday(week):%GW%V}", f"{plan.monday(week):%G-W%V}"
    fact = report.fact(stamp, period, datetime.combine(day, time(9, report.minute)))
    send(report, rows, replace(fact, is_late=is_late), outbox)
    if number == COPIED_WEEK:
        copy = report.fact(f"{stamp}_copy", period, fact.received_at + timedelta(hours=20))
        send(report, rows, replace(copy, status="duplicate"), outbox)


def _report(region: Region) -> Report:
    bad, outlets = pl.col("bad"), region.outlets
    names = dict(enumerate(banners(outlets)))
    sku = pl.col("sku").replace_strict(dict(enumerate(region.skus.codes)), return_dtype=pl.String)
    quantity = pl.col("sold").cast(pl.String)
    columns = {
        "连锁": pl.col("outlet").replace_strict(names, return_dtype=pl.String),
        "店号": pl.col("outlet").replace_strict(
            dict(enumerate(outlets.codes)), return_dtype=pl.String
        ),
        "货号": pl.when(bad == "unmapped_sku").then(pl.lit("ZZ5")).otherwise(sku),
        "日期": pl.when(bad == "sold_date_invalid")
        .then(pl.lit("2026-02-30"))
        .otherwise(day_text(region.plan, "day")),
        "销量": pl.when(bad == "quantity_invalid")
        .then(pl.lit("若干"))
        .when(bad == "quantity_missing")
        .then(pl.lit(""))
        .otherwise(quantity),
        "销售额": yuan("amount"),
        "零售价": yuan("price"),
        "门店库存": pl.col("on_hand"),
    }
    return Report(SENDER, "ka_pos", columns, MINUTE)
