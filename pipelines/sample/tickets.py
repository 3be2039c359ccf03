"""Service tickets of the property office: complaints, repairs and visit-backs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, send, send_history
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import Plan, Stream, due_of_month, next_month
from pipelines.sample.words import PATROL_AREAS, TICKET_CATEGORIES

SENDER = "P01"
A_DAY = 2.5
TYPES = ("投诉", "维修", "回访")
UNLISTED_TYPE = "咨询"
REPEATED = 0.06
CANCELLED = 0.02
BAD_RATE = 0.012
WARNED_RATE = 0.016
LATE_MONTH, COPIED_MONTH = 1, 2
GRACE_DAYS = 92
MINUTE = 35
DAY = 24 * 60


def send_tickets(plan: Plan, outbox: Outbox) -> None:
    """Write the tickets, one file a month; history as one file.

    A month's file has the tickets opened in it and those it found open, as they stood at its end.
    """
    opened, report = _opened(plan), _report(plan)
    bounds = [*plan.months, next_month(plan.months[-1])]
    before = bounds[plan.monthly_from]
    if plan.monthly_from:
        told = _as_of(plan, opened, plan.months[0], before, 0)
        span = plan.months[0], before - timedelta(days=1)
        send_history(report, told, span, plan.weekly_from, outbox)
    for number in range(plan.monthly_from, len(plan.months)):
        told = _as_of(plan, opened, bounds[number], bounds[number + 1], number)
        _send_month(report, told, bounds[number], number - plan.monthly_from, outbox)


def _opened(plan: Plan) -> pl.DataFrame:
    """Every ticket with the minutes, from the first day, of all that happens to it."""
    rng = plan.rng(Stream.TICKETS)
    first = (plan.months[0] - plan.first_monday).days
    last = (next_month(plan.months[-1]) - plan.first_monday).days
    count = int((last - first) * A_DAY)
    opened = np.sort(rng.integers(first * DAY, last * DAY, count))
    noticed = opened + rng.integers(5, 600, count)
    done = noticed + (rng.gamma(1.2, 3.0, count) * DAY).astype(int)
    asked = done + rng.integers(DAY, 5 * DAY, count)
    is_repeat = (rng.random(count) < REPEATED) & (np.arange(count) > 10)
    return pl.DataFrame(
        {
            "number": np.arange(count) + 1,
            "kind": rng.choice(len(TYPES), count, p=[0.3, 0.6, 0.1]),
            "area": pl.Series(PATROL_AREAS).gather(rng.integers(0, len(PATROL_AREAS), count)),
            "room": rng.integers(101, 1800, count),
            "category": pl.Series(TICKET_CATEGORIES).gather(
                rng.integers(0, len(TICKET_CATEGORIES), count)
            ),
            "opened": opened,
            "noticed": noticed,
            "done": done,
            "asked": np.where(rng.random(count) < 0.7, asked, -1),
            "satisfaction": rng.choice([1, 2, 3, 4, 5], count, p=[0.03, 0.07, 0.2, 0.4, 0.3]),
            "repeats": np.where(is_repeat, np.arange(count) - 9, 0),
            "cancelled": rng.random(count) < CANCELLED,
        }
    )


def _as_of(plan: Plan, opened: pl.DataFrame, start: date, end: date, number: int) -> pl.DataFrame:
    """Tickets of a file: what happened to them after its last day is not known yet."""
    first, last = ((day - plan.first_monday).days * DAY for day in (start, end))
    is_new = pl.col("opened").is_between(first, last, closed="left")
    is_open = (pl.col("opened") < first) & (pl.col("done") >= first) & ~pl.col("cancelled")
    recent = pl.col("opened") >= first - GRACE_DAYS * DAY
    rows = opened.filter(is_new | (is_open & recent))
    known = [
        pl.when((pl.col(name) < last) & (pl.col(name) >= 0) & ~pl.col("cancelled")).then(name)
        for name in ("noticed", "done", "asked")
    ]
    rows = rows.with_columns(
        *(when.alias(n) for when, n in zip(known, ("noticed", "done", "asked"), strict=True))
    )
    return _spoiled(plan, rows.with_columns(content=pl.lit(number)), number)


def _spoiled(plan: Plan, rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """Adds `bad` and `warned`, the reasons a row must be held back or marked for."""
    rng = plan.rng(Stream.TICKETS, 1, number)
    is_done = pl.col("done").is_not_null()
    kinds = [
        Kind("satisfaction_out_of_range", pl.col("asked").is_not_null()),
        Kind("opened_at_invalid", is_done),
        Kind("ticket_id_missing", is_done),
    ]
    rows = rows.with_columns(bad=plant(rows, rng, kinds, BAD_RATE))
    good = pl.col("bad") == ""
    kinds = [Kind("ticket_type_not_listed", good), Kind("done_before_opened", good & is_done)]
    rows = rows.with_columns(warned=plant(rows, rng, kinds, WARNED_RATE))
    early = pl.col("warned") == "done_before_opened"
    return rows.with_columns(done=pl.when(early).then(pl.col("opened") - 2 * DAY).otherwise("done"))


def _send_month(
    report: Report, rows: pl.DataFrame, month: date, number: int, outbox: Outbox
) -> None:
    """One month: one comes late, one twice."""
    is_late = number == LATE_MONTH
    due = due_of_month(month)
    usual = datetime.combine((due - timedelta(days=1)).date(), time(11, report.minute))
    stamp, period = f"{month:%Y%m}", f"{month:%Y-%m}"
    fact = report.fact(stamp, period, usual + timedelta(days=11 if is_late else 0))
    send(report, rows, replace(fact, is_late=is_late), outbox)
    if number == COPIED_MONTH:
        copy = report.fact(f"{stamp}_copy", period, usual + timedelta(hours=20))
        send(report, rows, replace(copy, status="duplicate"), outbox)


def _report(plan: Plan) -> Report:
    bad, warned = pl.col("bad"), pl.col("warned")
    kind = pl.col("kind").replace_strict(dict(enumerate(TYPES)), return_dtype=pl.String)
    score = pl.when(bad == "satisfaction_out_of_range").then(9).otherwise("satisfaction")
    status = pl.when("cancelled").then(pl.lit("已取消")).when(pl.col("done").is_null())
    columns = {
        "工单号": pl.when(bad == "ticket_id_missing").then(pl.lit("")).otherwise(_ticket("number")),
        "类型": pl.when(warned == "ticket_type_not_listed")
        .then(pl.lit(UNLISTED_TYPE))
        .otherwise(kind),
        "状态": status.then(pl.lit("处理中")).otherwise(pl.lit("已完成")),
        "区域": pl.col("area"),
        "房号": pl.col("area") + "-" + pl.col("room").cast(pl.String),
        "问题类别": pl.col("category"),
        "报修时间": pl.when(bad == "opened_at_invalid")
        .then(pl.lit("上周"))
        .otherwise(_moment(plan, "opened")),
        "响应时间": _moment(plan, "noticed"),
        "完成时间": _moment(plan, "done"),
        "回访时间": _moment(plan, "asked"),
        "满意度": pl.when(pl.col("asked").is_not_null())
        .then(score.cast(pl.String))
        .otherwise(pl.lit("")),
        "重复自": pl.when(pl.col("repeats") > 0).then(_ticket("repeats")).otherwise(pl.lit("")),
    }
    return Report(SENDER, "ticket", columns, MINUTE)


def _ticket(column: str) -> pl.Expr:
    return "GD" + pl.col(column).cast(pl.String).str.zfill(6)


def _moment(plan: Plan, column: str) -> pl.Expr:
    midnight = pl.lit(plan.first_monday).cast(pl.Datetime)
    moment = midnight + pl.duration(minutes=pl.col(column))
    return moment.dt.strftime("%Y-%m-%d %H:%M").fill_null("")
