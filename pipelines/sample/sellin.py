"""What the company delivers and invoices to distributors, as its ERP reports it.

Goods come on Mondays; an invoice follows within the week, on the sender's own two days. Free goods
come with those given to outlets, and gifts out of season go back: as in the movement reports.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.sample.families import CASE, FREE, PIECE, RETURN, SALE
from pipelines.sample.masters import VAT_BASIS_POINTS, distributor_codes
from pipelines.sample.mess import ROWS_TO_SPOIL, Kind, plant
from pipelines.sample.movement import month_bounds, monthly_flows
from pipelines.sample.offices import Report, day_text, send_days, send_history, yuan
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Stream
from pipelines.sample.region import Region

SENDER = "erp"
INVOICES_A_WEEK = 2
PAID_HUNDREDTHS = 92
FREE_INVOICE, RETURN_INVOICE = 3, 4
RETURN_DAY = 19
SHIPPED_DAYS_BEFORE, ORDERED_DAYS_BEFORE = 2, 6
CUT_SHORT, BEHIND = 0.05, 0.06
DOC_TYPES = {SALE: "标准", RETURN: "退货", FREE: "免费"}
UNITS = {CASE: "箱", PIECE: "个"}
MINUTE = 10
BAD_RATE = 0.001
WARNED_RATE = 0.002


def make_invoices(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    """Every invoice line: days from the first Monday, pieces above zero, fen without and with VAT.

    Args:
        region: The sample.
        lines: Sell-out lines in pieces, returns and free goods among them.
    """
    parts = [_sold(region), _free(lines), _returned(region, lines)]
    rows = pl.concat([part.select(sorted(part.columns)) for part in parts])
    skus, sku = region.skus, rows["sku"].to_numpy()
    later = rows["made"].to_numpy() >= region.plan.change_day
    price = np.where(later, skus.price_new[sku], skus.price[sku])
    free = rows["type"].to_numpy() == FREE
    gross = np.where(free, 0, (rows["pieces"].to_numpy() * price + 50) // 100)
    net = (gross * PAID_HUNDREDTHS + 50) // 100
    vat = (net * VAT_BASIS_POINTS + 5_000) // 10_000
    rows = rows.with_columns(
        gross=pl.Series(gross), discount=pl.Series(gross - net), net=pl.Series(net), vat=vat
    )
    return rows.sort("made", "sender", "number", "sku", maintain_order=True)


def send_sellin(region: Region, invoices: pl.DataFrame, outbox: Outbox) -> None:
    """Write what the ERP reports: the past as one file, then one a day."""
    plan, report = region.plan, _report(region)
    rows = _spoiled(region, _in_units(region, invoices))
    before = pl.col("day") < (plan.daily_from - plan.first_monday).days
    span = plan.first_monday, plan.daily_from - timedelta(days=1)
    send_history(report, rows.filter(before), span, plan.daily_from, outbox)
    send_days(plan, report, rows.filter(~before), plan.daily_from, outbox)


def sellin_truth(region: Region, invoices: pl.DataFrame) -> pl.DataFrame:
    """Pieces and net amount in fen by month of delivery, distributor and kind of document."""
    delivered = pl.lit(region.plan.first_monday) + pl.duration(days=pl.col("delivered"))
    pushed_week = pl.col("delivered") == region.plan.push_week * DAYS_IN_WEEK
    return (
        invoices.group_by(
            delivered.dt.strftime("%Y-%m").alias("delivered_month"),
            _code(region).alias("distributor_code"),
            _word("type", {SALE: "sale", RETURN: "return", FREE: "free"}).alias("doc_type"),
        )
        .agg(
            pl.col("pieces").sum(),
            pl.col("net").sum().alias("net_fen"),
            pl.col("pieces").filter(pushed_week).sum().alias("push_week_pieces"),
        )
        .sort("delivered_month", "distributor_code", "doc_type")
    )


def _sold(region: Region) -> pl.DataFrame:
    """What came in: half of the products on each of two invoices a week."""
    received, count = region.flows.received, region.skus.count
    series, week = np.nonzero(received)
    sender, number = series // count + 1, series % count % INVOICES_A_WEEK + 1
    monday = week * DAYS_IN_WEEK
    return pl.DataFrame(
        {
            "sender": sender,
            "sku": series % count,
            "number": number,
            "made": monday + (sender * INVOICES_A_WEEK + number) % DAYS_IN_WEEK,
            "delivered": monday,
            "pieces": received[series, week],
            "type": np.full(series.size, SALE),
        }
    )


def _free(lines: pl.DataFrame) -> pl.DataFrame:
    given = lines.filter(pl.col("type") == FREE).group_by("sender", "sku", "day")
    return given.agg(pl.col("pieces").sum()).select(
        "sender",
        "sku",
        "pieces",
        number=pl.lit(FREE_INVOICE, pl.Int64),
        made=pl.col("day"),
        delivered=pl.col("day"),
        type=pl.lit(FREE, pl.Int64),
    )


def _returned(region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    back = monthly_flows(region, lines)["return_to_company"]
    series, month = np.nonzero(back)
    day = month_bounds(region)[month] + RETURN_DAY
    return pl.DataFrame(
        {
            "sender": series // region.skus.count + 1,
            "sku": series % region.skus.count,
            "number": np.full(series.size, RETURN_INVOICE),
            "made": day,
            "delivered": day,
            "pieces": back[series, month],
            "type": np.full(series.size, RETURN),
        }
    )


def _in_units(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds what stands in the file: cases where they are whole, minus signs on returns."""
    skus, sku = region.skus, rows["sku"].to_numpy()
    later = rows["made"].to_numpy() >= region.plan.change_day
    per_case = np.where(later, skus.per_case_new[sku], skus.per_case[sku])
    pieces = rows["pieces"].to_numpy()
    whole = pieces % per_case == 0
    sign = np.where(rows["type"].to_numpy() == RETURN, -1, 1)
    quantity = np.where(whole, pieces // per_case, pieces) * sign
    rng = region.plan.rng(Stream.SELLIN)
    short, behind = (rng.random(rows.height) < rate for rate in (CUT_SHORT, BEHIND))
    daily = (region.plan.daily_from - region.plan.first_monday).days
    return rows.with_columns(
        day="made",
        content=np.maximum(rows["made"].to_numpy() - daily, -1),
        unit=pl.Series(np.where(whole, CASE, PIECE)),
        quantity=pl.Series(quantity),
        pieces=pl.Series(pieces * sign),
        amount=pl.col("net") * pl.Series(sign),
        gross=pl.col("gross") * pl.Series(sign),
        discount=pl.col("discount") * pl.Series(sign),
        vat=pl.col("vat") * pl.Series(sign),
        ordered=pl.Series(quantity + np.where(short, np.maximum(quantity // 4, 1), 0)),
        shipped_quantity=pl.Series(quantity),
        requested=pl.col("delivered") - pl.Series(np.where(behind, 2, 0)),
        shipped=pl.col("delivered") - SHIPPED_DAYS_BEFORE,
        ordered_day=pl.col("delivered") - ORDERED_DAYS_BEFORE,
        line=pl.int_range(1, pl.len() + 1).over("made", "sender", "number"),
    )


def _spoiled(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, and bends the numbers and days of those rows."""
    rng = region.plan.rng(Stream.SELLIN, 1)
    sale = (pl.col("type") == SALE) & (pl.len().over("content") >= ROWS_TO_SPOIL)
    reasons = (
        "invoice_date_invalid",
        "quantity_invalid",
        "unmapped_sku",
        "unmapped_uom",
        "negative_sellin",
    )
    rows = rows.with_columns(bad=plant(rows, rng, [Kind(r, sale) for r in reasons], BAD_RATE))
    good = sale & (pl.col("bad") == "") & (pl.col("quantity") > 1)
    reasons = ("delivered_before_shipped", "invoice_sum_differs", "more_delivered_than_shipped")
    rows = rows.with_columns(warned=plant(rows, rng, [Kind(r, good) for r in reasons], WARNED_RATE))
    minus = pl.when(pl.col("bad") == "negative_sellin").then(-1).otherwise(1)
    warned = pl.col("warned")
    return rows.with_columns(
        *(pl.col(name) * minus for name in ("quantity", "amount", "shipped_quantity", "ordered")),
        shipped=pl.col("shipped")
        + pl.when(warned == "delivered_before_shipped").then(3).otherwise(0),
        discount=pl.col("discount")
        + pl.when(warned == "invoice_sum_differs").then(990).otherwise(0),
    ).with_columns(
        shipped_quantity=pl.col("shipped_quantity")
        - pl.when(warned == "more_delivered_than_shipped").then(1).otherwise(0)
    )


def _report(region: Region) -> Report:
    plan, bad, sale = region.plan, pl.col("bad"), pl.col("type") == SALE
    made, code = day_text(plan, "made"), _code(region)
    sku = pl.col("sku").replace_strict(dict(enumerate(region.skus.codes)), return_dtype=pl.String)
    order = "SO" + code + day_text(plan, "ordered_day").str.replace_all("-", "")
    columns = {
        "售达方": code,
        "发票号": invoice_no(code, made, pl.col("number")),
        "行项目": pl.col("line"),
        "发票日期": pl.when(bad == "invoice_date_invalid").then(pl.lit("待开票")).otherwise(made),
        "销售订单号": _if(sale, order),
        "下单日期": _if(sale, day_text(plan, "ordered_day")),
        "需求日期": _if(sale, day_text(plan, "requested")),
        "出库日期": _if(sale, day_text(plan, "shipped")),
        "签收日期": day_text(plan, "delivered"),
        "商品编码": pl.when(bad == "unmapped_sku").then(pl.lit("ZZ7")).otherwise(sku),
        "订单数量": _if(sale, pl.col("ordered").cast(pl.String)),
        "出库数量": _if(sale, pl.col("shipped_quantity").cast(pl.String)),
        "实收数": pl.when(bad == "quantity_invalid")
        .then(pl.lit("待定"))
        .otherwise(pl.col("quantity").cast(pl.String)),
        "计量单位": pl.when(bad == "unmapped_uom")
        .then(pl.lit("托"))
        .otherwise(_word("unit", UNITS)),
        "单据类型": _word("type", DOC_TYPES),
        "折扣前金额": yuan("gross"),
        "折扣": yuan("discount"),
        "净额": yuan("amount"),
        "税额": yuan("vat"),
    }
    return Report(SENDER, "sellin", columns, MINUTE, encoding="gb18030")


def invoice_no(code: pl.Expr, made: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Number of an invoice, on the invoice as in the open items."""
    return "FP" + code + made.str.replace_all("-", "") + number.cast(pl.String)


def _code(region: Region) -> pl.Expr:
    codes = dict(enumerate(distributor_codes(region.plan), 1))
    return pl.col("sender").replace_strict(codes, return_dtype=pl.String)


def _word(column: str, words: dict[int, str]) -> pl.Expr:
    return pl.col(column).replace_strict(words, return_dtype=pl.String)


def _if(holds: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(text).otherwise(pl.lit(""))
