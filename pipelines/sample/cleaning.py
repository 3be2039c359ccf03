"""Cleaning inspections of the property office."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sample.mess import Kind, plant
from pipelines.sample.offices import Report, send_days, send_history
from pipelines.sample.outbox import Outbox
from pipelines.sample.plan import DAYS_IN_WEEK, Plan, Stream
from pipelines.sample.words import CLEANING_ITEMS, PATROL_AREAS

SENDER = "P01"
ITEMS_OF_AN_AREA = 6
SCORED_ITEMS = 3
UNLISTED_ITEM = "电梯厅"
DEFECTS = ("积尘", "污渍", "破损", "垃圾未清")
BAD_RATE = 0.004
WARNED_RATE = 0.006
MINUTE = 25


def send_cleaning(plan: Plan, outbox: Outbox) -> None:
    """Write the inspections, one file a day; history as one file."""
    rows, report = _spoiled(plan, _inspected(plan)), _report(plan)
    before = pl.col("day") < plan.split * DAYS_IN_WEEK
    span = plan.monday(plan.property_split), plan.sunday(plan.split - 1)
    send_history(report, rows.filter(before), span, plan.weekly_from, outbox)
    send_days(plan, report, rows.filter(~before), plan.weekly_from, outbox)


def _inspected(plan: Plan) -> pl.DataFrame:
    """Each day some items of each area: half of them scored, the others passed or not."""
    shape = (plan.size.property_weeks * DAYS_IN_WEEK, len(PATROL_AREAS), ITEMS_OF_AN_AREA)
    number, area, place = (axis.ravel() for axis in np.indices(shape))
    day = number + plan.property_split * DAYS_IN_WEEK
    rng = plan.rng(Stream.CLEANING)
    quality = np.clip(rng.normal(90, 8, day.size), 40, 100).round().astype(int)
    inspector = rng.integers(1, 7, shape[0])[number]
    defect = rng.integers(0, len(DEFECTS), day.size)
    return pl.DataFrame(
        {
            "day": day,
            "area": pl.Series(PATROL_AREAS).gather(area),
            "item": pl.Series(CLEANING_ITEMS).gather((area * 2 + place) % len(CLEANING_ITEMS)),
            "minutes": 8 * 60 + area * 25 + place * 4 + inspector,
            "score": np.where(place < SCORED_ITEMS, quality, -1),
            "passed": quality >= 80,
            "defect": pl.Series(DEFECTS).gather(defect),
            "contractor": pl.Series(["C01", "C02"]).gather(area % 2),
            "inspector": pl.Series([f"I{n:02d}" for n in range(8)]).gather(inspector),
            "content": np.maximum(day - plan.split * DAYS_IN_WEEK, -1),
        }
    )


def _spoiled(plan: Plan, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `bad` and `warned`, the reasons a row must be held back or marked for."""
    rng = plan.rng(Stream.CLEANING, 1)
    scored = pl.col("score") >= 0
    kinds = [
        Kind("score_out_of_range", scored),
        Kind("inspection_date_invalid", scored),
        Kind("is_passed_invalid", ~scored),
    ]
    rows = rows.with_columns(bad=plant(rows, rng, kinds, BAD_RATE))
    good = pl.col("bad") == ""
    kinds = [Kind("no_result", good & scored), Kind("item_code_not_listed", good)]
    return rows.with_columns(warned=plant(rows, rng, kinds, WARNED_RATE))


def _report(plan: Plan) -> Report:
    bad, warned, scored = pl.col("bad"), pl.col("warned"), pl.col("score") >= 0
    midnight = pl.lit(plan.first_monday).cast(pl.Datetime) + pl.duration(days=pl.col("day"))
    failed, nothing = ~pl.col("passed"), pl.lit("")
    score = pl.when(bad == "score_out_of_range").then(pl.col("score") + 100).otherwise("score")
    is_shown = scored & (warned != "no_result")
    word = pl.when("passed").then(pl.lit("合格")).otherwise(pl.lit("不合格"))
    columns = {
        "区域": pl.col("area"),
        "检查日期": pl.when(bad == "inspection_date_invalid")
        .then(pl.lit("昨天"))
        .otherwise(midnight.dt.strftime("%Y-%m-%d")),
        "检查项目": pl.when(warned == "item_code_not_listed")
        .then(pl.lit(UNLISTED_ITEM))
        .otherwise("item"),
        "检查时间": (midnight + pl.duration(minutes="minutes")).dt.strftime("%Y-%m-%d %H:%M"),
        "得分": pl.when(is_shown).then(score.cast(pl.String)).otherwise(nothing),
        "是否合格": pl.when(bad == "is_passed_invalid")
        .then(pl.lit("待定"))
        .when(~scored)
        .then(word)
        .otherwise(nothing),
        "缺陷": pl.when(failed).then("defect").otherwise(nothing),
        "照片": pl.when(failed)
        .then("IMG" + midnight.dt.strftime("%Y%m%d") + pl.col("minutes").cast(pl.String))
        .otherwise(nothing),
        "承包商": pl.col("contractor"),
        "检查员": pl.col("inspector"),
    }
    return Report(SENDER, "cleaning", columns, MINUTE)
