"""What the company can still send of each product, as its ERP lists it every day.

There is plenty, but of three products in the last week: of those, a week of what only the
distributors that are out of them sell, and a case at least.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from pipelines.sample.families import CASE
from pipelines.sample.masters import Ints
from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, day_text, send_days
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.region import Region
from pipelines.sample.sellin import SENDER, UNITS
from pipelines.sample.trouble import EMPTY_AT_THE_END, OVERSTOCKED, RANKED_BY_WEEKS, troubled

SHORT_SKUS = 3
PLENTY_WEEKS = (8, 16)
BAD_RATE = 0.001
MINUTE = 20


def send_company_stock(region: Region, outbox: Outbox) -> pl.DataFrame:
    """Write what can be sent, one file a day.

    Args:
        region: The sample.
        outbox: Where to.

    Returns:
        What the last list says, in good rows: SKU, pieces and whether it was made short.
    """
    plan = region.plan
    rows = _spoiled(plan, _listed(region))
    send_days(plan, _report(region), rows, plan.daily_from, outbox)
    return _truth(region, rows)


def _listed(region: Region) -> pl.DataFrame:
    """Every product on sale on every day, in whole cases of the day."""
    plan, skus = region.plan, region.skus
    start = (plan.daily_from - plan.first_monday).days
    days = np.arange(start, plan.size.weeks * DAYS_IN_WEEK - 1)
    weeks = days // DAYS_IN_WEEK
    alive = (skus.launch_week <= weeks[:, None]) & (weeks[:, None] <= skus.delist_week)
    per_case = np.where(days[:, None] >= plan.change_day, skus.per_case_new, skus.per_case)
    pieces, short = _plenty(region, days), _short(region)
    in_last_week = weeks == plan.size.weeks - 1
    pieces[np.ix_(in_last_week, list(short))] = list(short.values())
    cases = np.maximum(pieces / per_case, 1).astype(np.int64)
    day, sku = np.nonzero(alive)
    return pl.DataFrame(
        {
            "day": days[day],
            "content": days[day],
            "sku": sku,
            "quantity": cases[day, sku],
            "pieces": (cases * per_case)[day, sku],
            "is_short": in_last_week[day] & np.isin(sku, list(short)),
        }
    )


def _plenty(region: Region, days: Ints) -> np.ndarray:
    """Pieces by day and product: weeks of its best week, made on Mondays and sent off evenly."""
    plan, count = region.plan, region.skus.count
    by_distributor = region.flows.demand.reshape(plan.size.distributors, count, -1)
    best = by_distributor.sum(axis=0).max(axis=1)
    made = plan.rng(Stream.COMPANY_STOCK).uniform(*PLENTY_WEEKS, (plan.size.weeks, count))
    return best * (made[days // DAYS_IN_WEEK] - (days % DAYS_IN_WEEK / DAYS_IN_WEEK)[:, None])


def _short(region: Region) -> dict[int, float]:
    """Product → pieces, of those that distributors are out of and sell most cases of.

    Those others have too much of come last: a distributor is helped by them first.
    """
    plan, skus, demand = region.plan, region.skus, region.flows.demand
    weekly: dict[int, float] = defaultdict(float)
    for series in troubled(plan, skus, demand, EMPTY_AT_THE_END):
        weekly[int(series) % skus.count] += float(demand[series, -RANKED_BY_WEEKS:].mean())
    per_case = skus.per_case_new
    elsewhere = set(troubled(plan, skus, demand, OVERSTOCKED) % skus.count)
    best = sorted(weekly, key=lambda sku: (sku in elsewhere, -weekly[sku] / per_case[sku], sku))
    return {sku: weekly[sku] for sku in best[:SHORT_SKUS]}


def _spoiled(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, and bends the quantities of bad rows; what is short is good."""
    rng = plan.rng(Stream.COMPANY_STOCK, 1)
    reasons = ("quantity_invalid", "unmapped_sku", "negative_company_stock")
    bad = plant(rows, rng, [Kind(r, ~pl.col("is_short")) for r in reasons], BAD_RATE)
    minus = pl.when(pl.col("bad") == "negative_company_stock").then(-1).otherwise(1)
    return rows.with_columns(bad=bad, warned=pl.lit("")).with_columns(
        quantity=pl.col("quantity") * minus
    )


def _report(region: Region) -> Report:
    bad = pl.col("bad")
    columns = {
        "截止日期": day_text(region.plan, "day"),
        "商品编码": pl.when(bad == "unmapped_sku").then(pl.lit("ZZ7")).otherwise(_code(region)),
        "可用库存": pl.when(bad == "quantity_invalid")
        .then(pl.lit("待定"))
        .otherwise(pl.col("quantity").cast(pl.String)),
        "计量单位": pl.lit(UNITS[CASE]),
    }
    return Report(SENDER, "company_stock", columns, MINUTE, encoding="gb18030")


def _truth(region: Region, rows: pl.DataFrame) -> pl.DataFrame:
    last = rows.filter((pl.col("day") == pl.col("day").max()) & (pl.col("bad") == ""))
    return last.select(_code(region).alias("sku_code"), "pieces", "is_short").sort("sku_code")


def _code(region: Region) -> pl.Expr:
    codes = dict(enumerate(region.skus.codes))
    return pl.col("sku").replace_strict(codes, return_dtype=pl.String)
