"""What sales managers expect instead of the forecast, in the cycle after the sample."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import numpy as np
import polars as pl

from pipelines.sample.offices import Report, send
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK
from pipelines.sample.region import Region

SALES, FEED = "sales", "forecast_override"
DISTRIBUTORS, SKUS = 4, 3
WEEKS_AHEAD = (5, 6)
RAISED = 1.25
RECENT_WEEKS = 8
REASONS = (("festival", "春节备货提前"), ("listing", "新进系统门店"), ("competitor", "竞品断货"))
BAD = "override_not_monday"


def send_overrides(region: Region, outbox: Outbox) -> None:
    """Write the overrides of the next cycle, received on the Friday before it.

    Args:
        region: The sample.
        outbox: Where to.
    """
    plan = region.plan
    cycle = plan.monday(plan.size.weeks)
    year, week, _ = cycle.isocalendar()
    report = _report()
    sent = datetime.combine(cycle - timedelta(days=3), time(16, 20))
    fact = report.fact(f"{year}W{week:02d}", f"{year}-W{week:02d}", sent)
    send(report, _expected(region), fact, outbox)


def _expected(region: Region) -> pl.DataFrame:
    """Best sellers of the first distributors, a quarter more than of late; the last row is bad."""
    plan, skus = region.plan, region.skus
    cycle = plan.monday(plan.size.weeks)
    rows = []
    for distributor in range(min(DISTRIBUTORS, plan.size.distributors)):
        first = distributor * skus.count
        recent = region.flows.sold[first : first + skus.count, -RECENT_WEEKS:].mean(axis=1)
        for place, sku in enumerate(np.argsort(-recent, kind="stable")[:SKUS]):
            reason, note = REASONS[place % len(REASONS)]
            for ahead in WEEKS_AHEAD:
                target = cycle + timedelta(days=DAYS_IN_WEEK * (ahead - 1))
                pieces = int(recent[sku] * RAISED)
                code = f"D{distributor + 1:03d}"
                rows.append((cycle, target, code, skus.codes[int(sku)], pieces, reason, note, ""))
    last = rows[-1]
    rows[-1] = (*last[:1], last[1] + timedelta(days=1), *last[2:-1], BAD)
    names = ["cycle", "target", "distributor", "sku", "expected", "reason", "note", "bad"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _report() -> Report:
    columns = {
        "预测周期": pl.col("cycle").dt.strftime("%Y-%m-%d"),
        "目标周": pl.col("target").dt.strftime("%Y-%m-%d"),
        "经销商编码": pl.col("distributor"),
        "商品编码": pl.col("sku"),
        "调整数量": pl.col("expected").cast(pl.String),
        "调整原因": pl.col("reason"),
        "调整人": pl.lit("M01"),
        "说明": pl.col("note"),
    }
    return Report(SALES, FEED, columns, 20)
