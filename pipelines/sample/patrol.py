"""Patrol plans and logs of the property office that reports beside the distributors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.truth import FileTruth
from pipelines.sample.words import CHECKPOINTS, PATROL_AREAS

SENDER = "P01"
ROUND_STARTS = (9, 16)
WINDOW_HOURS = 2
MISSED = 0.02
LATE = 0.04
CHECKPOINT_SKIPPED = 0.006
LATE_LOGS = (3, 11)
MISSING_LOG = 17
BOM = "utf-8-sig"


def send_patrols(plan: Plan, outbox: Outbox) -> None:
    """Write plans, one file a week, and logs, one file a day; history as one file each."""
    planned = _planned(plan)
    _send_plans(plan, planned, outbox)
    _send_logs(plan, _walked(plan, planned), outbox)


def _planned(plan: Plan) -> pl.DataFrame:
    """Every checkpoint of every round, the week after the last one included."""
    first_day = plan.property_split * DAYS_IN_WEEK
    days = (plan.size.property_weeks + 1) * DAYS_IN_WEEK
    shape = (days, len(PATROL_AREAS), len(ROUND_STARTS), len(CHECKPOINTS))
    day, area, turn, point = (axis.ravel() for axis in np.indices(shape))
    midnight = pl.lit(datetime.combine(plan.first_monday, time())) + pl.duration(days=pl.col("day"))
    opens = midnight + pl.duration(hours=pl.col("starts"))
    return pl.DataFrame(
        {
            "day": day + first_day,
            "area_code": pl.Series(PATROL_AREAS).gather(area),
            "round_no": turn + 1,
            "checkpoint_code": pl.Series(CHECKPOINTS).gather(point),
            "starts": np.array(ROUND_STARTS)[turn],
            "round": np.ravel_multi_index((day, area, turn), shape[:3]),
            "point": point,
        }
    ).with_columns(
        plan_date=midnight.cast(pl.Date),
        window_from=opens,
        window_to=opens + timedelta(hours=WINDOW_HOURS),
    )


def _walked(plan: Plan, planned: pl.DataFrame) -> pl.DataFrame:
    """What was seen: some rounds never walked, some too late, some checkpoints skipped."""
    rng = plan.rng(Stream.PATROL)
    rounds = int(planned["round"].max()) + 1  # ty: ignore[invalid-argument-type]
    fate, start = rng.random(rounds), rng.integers(0, 60, rounds)
    number = planned["round"].to_numpy()
    late = (fate >= MISSED) & (fate < MISSED + LATE)
    minutes = start[number] + planned["point"].to_numpy() * 9 + np.where(late[number], 150, 0)
    seen = (fate[number] >= MISSED) & (rng.random(number.size) >= CHECKPOINT_SKIPPED)
    inspector = rng.integers(1, 7, rounds)[number]
    walked = planned.with_columns(minutes=pl.Series(minutes)).with_columns(
        actual_at=pl.col("window_from") + pl.duration(minutes="minutes"),
        inspector_code=pl.Series([f"I{n:02d}" for n in range(8)]).gather(inspector),
        finding_count=pl.Series(rng.poisson(0.15, number.size)),
    )
    return walked.filter(pl.Series(seen) & (pl.col("day") < plan.size.weeks * DAYS_IN_WEEK))


def _send_plans(plan: Plan, planned: pl.DataFrame, outbox: Outbox) -> None:
    columns = {
        "区域": pl.col("area_code"),
        "计划日期": pl.col("plan_date").dt.strftime("%Y-%m-%d"),
        "班次": pl.col("round_no"),
        "巡查点": pl.col("checkpoint_code"),
        "开始时间": pl.col("window_from").dt.strftime("%Y-%m-%d %H:%M"),
        "结束时间": pl.col("window_to").dt.strftime("%Y-%m-%d %H:%M"),
    }
    week = pl.col("day") // DAYS_IN_WEEK
    first_file = datetime.combine(plan.weekly_from, time(8, 20))
    _send_history(plan, "patrol_plan", planned.filter(week < plan.split), columns, outbox)
    for number in range(plan.split, plan.size.weeks + 1):
        monday = plan.monday(number)
        friday = datetime.combine(monday - timedelta(days=3), time(15, 10))
        fact = FileTruth(
            file=f"{SENDER}/patrol_plan/{SENDER}_patrol_plan_{monday:%GW%V}.csv",
            sender=SENDER,
            feed="patrol_plan",
            period=f"{monday:%G-W%V}",
            received_at=max(friday, first_file) if number == plan.split else friday,
        )
        _send(planned.filter(week == number), columns, fact, outbox)


def _send_logs(plan: Plan, walked: pl.DataFrame, outbox: Outbox) -> None:
    columns = {
        "区域": pl.col("area_code"),
        "巡查日期": pl.col("plan_date").dt.strftime("%Y-%m-%d"),
        "班次": pl.col("round_no"),
        "巡查点": pl.col("checkpoint_code"),
        "到达时间": pl.col("actual_at").dt.strftime("%Y-%m-%d %H:%M"),
        "巡查员": pl.col("inspector_code"),
        "问题数": pl.col("finding_count"),
    }
    first, last = plan.split * DAYS_IN_WEEK, plan.size.weeks * DAYS_IN_WEEK - 1
    _send_history(plan, "patrol_log", walked.filter(pl.col("day") < first), columns, outbox)
    for offset in range(first, last):
        _send_log(plan, walked.filter(pl.col("day") == offset), columns, outbox, plan.day(offset))


def _send_log(
    plan: Plan,
    rows: pl.DataFrame,
    columns: dict[str, pl.Expr],
    outbox: Outbox,
    day: date,
) -> None:
    """One day's log, received the next morning; one day is never sent, two come late."""
    number = (day - plan.weekly_from).days
    if number == MISSING_LOG:
        outbox.truth.missing.append((SENDER, "patrol_log", day.isoformat()))
        return
    is_late = number in LATE_LOGS
    received = datetime.combine(day + timedelta(days=1), time(15, 40) if is_late else time(8, 5))
    fact = FileTruth(
        file=f"{SENDER}/patrol_log/{SENDER}_patrol_log_{day:%Y%m%d}.csv",
        sender=SENDER,
        feed="patrol_log",
        period=day.isoformat(),
        received_at=received,
        is_late=is_late,
    )
    _send(rows, columns, fact, outbox)


def _send_history(
    plan: Plan, feed: str, rows: pl.DataFrame, columns: dict[str, pl.Expr], outbox: Outbox
) -> None:
    first, last = plan.monday(plan.property_split), plan.sunday(plan.split - 1)
    fact = FileTruth(
        file=f"{SENDER}/{feed}/{SENDER}_{feed}_{first:%Y%m%d}_{last:%Y%m%d}.csv",
        sender=SENDER,
        feed=feed,
        period=f"{first}..{last}",
        received_at=datetime.combine(plan.weekly_from, time(8, 15)),
    )
    _send(rows, columns, fact, outbox)


def _send(rows: pl.DataFrame, columns: dict[str, pl.Expr], fact: FileTruth, outbox: Outbox) -> None:
    table = rows.select(expr.alias(header) for header, expr in columns.items())
    outbox.put(table.write_csv().encode(BOM), replace(fact, rows=table.height))
