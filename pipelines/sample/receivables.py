"""What distributors owe the company day by day, as finance reports it."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.masters import VAT_BASIS_POINTS, distributor_codes, distributor_master
from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, send_days
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.region import Region

SENDER = "FIN"
INVOICES_A_WEEK = 2
DISCOUNT_RATIO = 0.92
DAYS_SHOWN_AFTER_PAYMENT = 7
PART_PAID = 0.15
DISPUTED = 0.03
NEVER_PAID = 0.01
BAD_RATE = 0.003
WARNED_RATE = 0.004
MINUTE = 20


def send_receivables(region: Region, outbox: Outbox) -> None:
    """Write the open items and late receipts of every day, one file a day."""
    plan = region.plan
    rows = _spoiled(plan, _standing(plan, _invoices(region)))
    send_days(plan, _report(plan), rows, plan.balances_from, outbox)


def _invoices(region: Region) -> pl.DataFrame:
    """Two invoices for each week of deliveries, in fen with tax, and when they were paid."""
    plan, skus, received = region.plan, region.skus, region.flows.received
    price = np.tile(skus.price, plan.size.distributors)[:, None] * DISCOUNT_RATIO
    net = received * price / 100  # prices are in 1/10,000 yuan
    half = np.tile(np.arange(skus.count) % INVOICES_A_WEEK, plan.size.distributors)
    gross = net * (1 + VAT_BASIS_POINTS / 10_000)
    parts = [gross * (half == number)[:, None] for number in range(INVOICES_A_WEEK)]
    shape = (plan.size.distributors, skus.count, plan.size.weeks)
    amount = np.stack([part.reshape(shape).sum(axis=1) for part in parts], axis=2)
    sender, week, number = np.nonzero(amount.round())
    terms = distributor_master(plan)["terms_days"].to_numpy()[sender]
    made = week * DAYS_IN_WEEK
    rng = plan.rng(Stream.RECEIVABLES)
    wait = np.maximum(terms + rng.normal(2, 6, made.size).round().astype(int), 1)
    never = rng.random(made.size) < NEVER_PAID
    return pl.DataFrame(
        {
            "sender": sender + 1,
            "number": number + 1,
            "made": made,
            "due": made + terms,
            "paid": np.where(never, plan.size.weeks * DAYS_IN_WEEK + 1, made + wait),
            "half_paid": np.where(rng.random(made.size) < PART_PAID, made + wait // 2, -1),
            "disputed": never | (rng.random(made.size) < DISPUTED),
            "amount": amount[sender, week, number].round().astype(np.int64),
        }
    )


def _standing(plan: Plan, invoices: pl.DataFrame) -> pl.DataFrame:
    """Every invoice as it stands on every day it is shown."""
    start = (plan.balances_from - plan.first_monday).days
    days = pl.DataFrame({"day": range(start, plan.size.weeks * DAYS_IN_WEEK - 1)})
    day, amount = pl.col("day"), pl.col("amount")
    is_paid = pl.col("paid") <= day
    in_part = (pl.col("half_paid") >= 0) & (pl.col("half_paid") <= day)
    received = pl.when(is_paid).then(amount).when(in_part).then(amount // 2).otherwise(0)
    shown = (pl.col("made") <= day) & (day < pl.col("paid") + DAYS_SHOWN_AFTER_PAYMENT)
    rows = days.join(invoices, how="cross").filter(shown)
    return rows.with_columns(
        received=received,
        open=amount - received,
        paid_day=pl.when(is_paid).then("paid").when(in_part).then("half_paid"),
        content=day,
    ).sort("day", "sender", "made", "number")


def _spoiled(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, and bends the days and amounts of those rows."""
    rng = plan.rng(Stream.RECEIVABLES, 1)
    reasons = ("distributor_code_missing", "document_date_invalid", "open_amount_invalid")
    rows = rows.with_columns(
        bad=plant(rows, rng, [Kind(r, pl.lit(1) == 1) for r in reasons], BAD_RATE)
    )
    good = (pl.col("bad") == "") & (pl.col("open") > 0)
    kinds = [Kind(reason, good) for reason in ("due_before_document", "open_not_explained")]
    rows = rows.with_columns(warned=plant(rows, rng, kinds, WARNED_RATE))
    early = pl.col("warned") == "due_before_document"
    return rows.with_columns(
        due=pl.when(early).then(pl.col("made") - 3).otherwise("due"),
        open=pl.when(pl.col("warned") == "open_not_explained")
        .then(pl.col("open") // 2)
        .otherwise("open"),
    )


def _report(plan: Plan) -> Report:
    codes = pl.Series(distributor_codes(plan))
    bad = pl.col("bad")
    code = (pl.col("sender") - 1).replace_strict(dict(enumerate(codes)), return_dtype=pl.String)
    made = _day(plan, "made")
    columns = {
        "截止日期": _day(plan, "day"),
        "客户编码": pl.when(bad == "distributor_code_missing").then(pl.lit("")).otherwise(code),
        "发票号": "FP" + code + made.str.replace_all("-", "") + pl.col("number").cast(pl.String),
        "开票日期": pl.when(bad == "document_date_invalid").then(pl.lit("待查")).otherwise(made),
        "到期日": _day(plan, "due"),
        "应收金额": _yuan("amount"),
        "已收金额": _yuan("received"),
        "未收余额": pl.when(bad == "open_amount_invalid")
        .then(pl.lit("待核"))
        .otherwise(_yuan("open")),
        "收款日期": _day(plan, "paid_day"),
        "争议": pl.when("disputed").then(pl.lit("是")).otherwise(pl.lit("否")),
    }
    return Report(SENDER, "receivable", columns, MINUTE)


def _day(plan: Plan, column: str) -> pl.Expr:
    day = pl.lit(plan.first_monday) + pl.duration(days=pl.col(column))
    return day.dt.strftime("%Y-%m-%d").fill_null("")


def _yuan(column: str) -> pl.Expr:
    """Fen as an ERP prints them: `1,234.50`."""
    whole, fen = pl.col(column) // 100, pl.col(column) % 100
    thousands = whole // 1000
    rest = (whole % 1000).cast(pl.String)
    text = pl.when(thousands > 0).then(thousands.cast(pl.String) + "," + rest.str.zfill(3))
    return text.otherwise(rest) + "." + fen.cast(pl.String).str.zfill(2)
