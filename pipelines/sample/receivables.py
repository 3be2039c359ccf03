"""What distributors owe the company day by day, as finance reports it."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.families import SALE
from pipelines.sample.masters import distributor_codes, distributor_master
from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, day_text, send_days, yuan
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.region import Region
from pipelines.sample.sellin import invoice_no

SENDER = "FIN"
DAYS_SHOWN_AFTER_PAYMENT = 7
PART_PAID = 0.15
DISPUTED = 0.03
NEVER_PAID = 0.01
BAD_RATE = 0.003
WARNED_RATE = 0.004
MINUTE = 20


def send_receivables(region: Region, invoices: pl.DataFrame, outbox: Outbox) -> None:
    """Write the open items and late receipts of every day, one file a day."""
    plan = region.plan
    rows = _spoiled(plan, _standing(plan, _open_items(region, invoices)))
    send_days(plan, _report(plan), rows, plan.daily_from, outbox)


def _open_items(region: Region, invoices: pl.DataFrame) -> pl.DataFrame:
    """Every invoice of goods sold, in fen with tax, and when it was paid."""
    plan = region.plan
    items = (
        invoices.filter(pl.col("type") == SALE)
        .group_by("sender", "made", "number", maintain_order=True)
        .agg(amount=(pl.col("net") + pl.col("vat")).sum())
        .sort("sender", "made", "number")
    )
    made = items["made"].to_numpy()
    terms = distributor_master(plan)["terms_days"].to_numpy()[items["sender"].to_numpy() - 1]
    rng = plan.rng(Stream.RECEIVABLES)
    wait = np.maximum(terms + rng.normal(2, 6, made.size).round().astype(int), 1)
    never = rng.random(made.size) < NEVER_PAID
    return items.with_columns(
        due=pl.Series(made + terms),
        paid=pl.Series(np.where(never, plan.size.weeks * DAYS_IN_WEEK + 1, made + wait)),
        half_paid=pl.Series(np.where(rng.random(made.size) < PART_PAID, made + wait // 2, -1)),
        disputed=pl.Series(never | (rng.random(made.size) < DISPUTED)),
    )


def _standing(plan: Plan, invoices: pl.DataFrame) -> pl.DataFrame:
    """Every invoice as it stands on every day it is shown."""
    start = (plan.daily_from - plan.first_monday).days
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
    made = day_text(plan, "made")
    columns = {
        "截止日期": day_text(plan, "day"),
        "客户编码": pl.when(bad == "distributor_code_missing").then(pl.lit("")).otherwise(code),
        "发票号": invoice_no(code, made, pl.col("number")),
        "开票日期": pl.when(bad == "document_date_invalid").then(pl.lit("待查")).otherwise(made),
        "到期日": day_text(plan, "due"),
        "应收金额": yuan("amount"),
        "已收金额": yuan("received"),
        "未收余额": pl.when(bad == "open_amount_invalid")
        .then(pl.lit("待核"))
        .otherwise(yuan("open")),
        "收款日期": day_text(plan, "paid_day"),
        "争议": pl.when("disputed").then(pl.lit("是")).otherwise(pl.lit("否")),
    }
    return Report(SENDER, "receivable", columns, MINUTE)
