"""Where the month lands and what is reached of targets, worked out from lines and plans."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.integration.oracle.finance import in_cents
from tests.integration.oracle.frames import money, ratio
from tests.integration.oracle.nodes import at_nodes

NODE = ["node_type", "node_code"]
TARGET_KEYS = ["target_month", *NODE, "item_level", "item_code", "metric_id"]
CELL = [
    "province",
    "city",
    "channel",
    "banner",
    "distributor_code",
    "supervisor_code",
    "rep_code",
]
FOUR_WEEKS = pl.duration(days=28)


def workdays_of(days: pl.DataFrame, today: date) -> pl.DataFrame:
    """Workdays of each month, those gone by and those left on the as-of day."""
    worked = days.filter("is_workday")
    return worked.group_by("month_start_date").agg(
        workdays=pl.len().cast(pl.Int64),
        gone=(pl.col("date_day") <= today).sum().cast(pl.Int64),
    )


def paces(lines: pl.DataFrame, days: pl.DataFrame, today: date) -> pl.DataFrame:
    """A distributor's last day reported, workdays in four weeks to it and after it."""
    ends = lines.group_by("distributor_code").agg(
        reported_to=pl.col("week_start_date").max() + pl.duration(days=6)
    )
    worked = days.filter("is_workday").select("date_day", "month_start_date")
    day, end = pl.col("date_day"), pl.col("reported_to")
    is_this_month = pl.col("month_start_date") == today.replace(day=1)
    return (
        ends.join(worked, how="cross")
        .group_by("distributor_code", "reported_to")
        .agg(
            before=((day > end - FOUR_WEEKS) & (day <= end)).sum(),
            to_come=((day > end) & is_this_month).sum(),
        )
    )


def landing_cells(
    lines: pl.DataFrame, belongs: pl.DataFrame, days: pl.DataFrame, today: date
) -> pl.DataFrame:
    """Sold in the month so far and still to come, of whom outlets belonged to on the day.

    Args:
        lines: `fct_sellout_line`.
        belongs: The organisation on every day of a line.
        days: `dim_date`.
        today: The as-of day.
    """
    known = lines.filter(pl.col("sold_date") <= today).with_columns(day=pl.col("sold_date"))
    whose = belongs.drop("distributor_code")
    sold = known.join(whose, on=["outlet_code", "day"]).join(
        paces(known, days, today), on="distributor_code"
    )
    is_before = pl.col("sold_date") > pl.col("reported_to") - FOUR_WEEKS
    is_now = pl.col("sold_date") >= today.replace(day=1)
    before = pl.col("net_amount").filter(is_before).sum().cast(pl.Float64)
    pace = before / pl.col("before").first()
    return (
        sold.filter(is_before | is_now)
        .group_by(CELL)
        .agg(
            actual_amount=pl.col("net_amount").filter(is_now).sum(),
            still_to_come_amount=in_cents(pace * pl.col("to_come").first()),
        )
    )


def landing_month(
    cells: pl.DataFrame, days: pl.DataFrame, targets: pl.DataFrame, today: date
) -> pl.DataFrame:
    """`marts.landing_month`.

    Args:
        cells: The `landing_cells`.
        days: `dim_date`.
        targets: `fct_target`.
        today: The as-of day.
    """
    left = workdays_of(days, today).filter(pl.col("month_start_date") == today.replace(day=1))
    asked = targets.filter(
        pl.col("target_month") == today.replace(day=1),
        pl.col("metric_id") == "sellout_net_amount",
        pl.col("item_level") == "all",
    ).select(*NODE, target_amount=in_cents(pl.col("target_value").cast(pl.Float64)))
    told = at_nodes(cells).group_by(NODE).agg(pl.col("actual_amount", "still_to_come_amount").sum())
    landed = told.join(asked, on=NODE, how="left").with_columns(
        landing_amount=pl.col("actual_amount") + pl.col("still_to_come_amount"),
        remaining_workdays=pl.lit(int((left["workdays"] - left["gone"]).item())),
    )
    gap = pl.col("target_amount") - pl.col("landing_amount")
    days_left = pl.col("remaining_workdays")
    return landed.with_columns(
        landing_ratio=ratio("landing_amount", "target_amount"),
        gap_amount=gap,
        gap_per_workday_amount=pl.when(days_left > 0).then(gap.cast(pl.Float64) / days_left),
        status=pl.when(pl.col("target_amount") > money())
        .then(pl.lit("ok"))
        .otherwise(pl.lit("no_base")),
    )


def achievements(
    targets: pl.DataFrame, actuals: pl.DataFrame, days: pl.DataFrame, today: date
) -> pl.DataFrame:
    """`marts.target_achievement` of metrics that add up over a month, higher being better.

    Args:
        targets: `fct_target`.
        actuals: What was reached: target_month, node, item, metric_id and actual_value.
        days: `dim_date`.
        today: The as-of day.
    """
    calendar = workdays_of(days, today).rename({"month_start_date": "target_month"})
    added = targets.filter(pl.col("metric_id").is_in(actuals["metric_id"].unique().implode()))
    told = added.select(*TARGET_KEYS, target_value=pl.col("target_value").cast(pl.Float64))
    both = told.join(actuals, on=TARGET_KEYS, how="left").join(calendar, on="target_month")
    actual, target = pl.col("actual_value"), pl.col("target_value")
    gone, left = pl.col("gone"), pl.col("workdays") - pl.col("gone")
    return both.with_columns(
        achievement_ratio=ratio("actual_value", "target_value"),
        time_gone_ratio=ratio("gone", "workdays"),
        current_per_workday=pl.when(gone > 0).then(actual / gone),
        required_per_workday=pl.when(left > 0).then((target - actual) / left),
        is_reached=actual >= target,
    ).with_columns(
        pace_ratio=pl.when(pl.col("time_gone_ratio") > 0).then(
            pl.col("achievement_ratio") / pl.col("time_gone_ratio")
        )
    )
