"""Where the month lands and what is reached of targets, worked out from lines and plans."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tests.integration.oracle.finance import in_cents
from tests.integration.oracle.frames import money, ratio
from tests.integration.oracle.nodes import at_nodes
from tests.integration.oracle.sales import sunday_of

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
PERIOD = ["period_type", "period_start_date"]
PERIODS = {"month": "1mo", "quarter": "1q"}
MONTHS_OF = {"month": 1, "quarter": 3}


def workdays_of(days: pl.DataFrame, today: date) -> pl.DataFrame:
    """Workdays of each month, those gone by and those left on the as-of day."""
    worked = days.filter("is_workday")
    return worked.group_by("month_start_date").agg(
        workdays=pl.len().cast(pl.Int64),
        gone=(pl.col("date_day") <= today).sum().cast(pl.Int64),
    )


def rates(lines: pl.DataFrame, whose: pl.DataFrame, today: date) -> pl.DataFrame:
    """What a piece a distributor sells brings in each cell, by the last thirteen weeks."""
    cycle = today + timedelta(days=1) - timedelta(days=(today + timedelta(days=1)).weekday())
    recent = sunday_of(lines).filter(
        pl.col("week_start_date") >= cycle - timedelta(days=91), pl.col("week_start_date") < cycle
    )
    out = pl.col("quantity_pieces").filter(pl.col("doc_type") != "return").sum()
    sold = recent.group_by("distributor_code", "sku_code").agg(out=out.cast(pl.Float64))
    brought = (
        recent.join(whose, on=["outlet_code", "day"])
        .filter(pl.col("net_amount").is_not_null())
        .group_by(*CELL, "sku_code")
        .agg(brought=pl.col("net_amount").sum().cast(pl.Float64))
    )
    both = brought.join(sold.filter(pl.col("out") > 0), on=["distributor_code", "sku_code"])
    return both.with_columns(rate=pl.col("brought") / pl.col("out"))


def still_to_come(
    expected: pl.DataFrame, lines: pl.DataFrame, days: pl.DataFrame, today: date
) -> pl.DataFrame:
    """Pieces of the month and the quarter that are expected and not reported.

    Args:
        expected: distributor_code, sku_code, week_start_date and expected_pieces of whole weeks.
        lines: `fct_sellout_line` up to the as-of day.
        days: `dim_date`.
        today: The as-of day.
    """
    cycle = today + timedelta(days=1) - timedelta(days=(today + timedelta(days=1)).weekday())
    reported = lines.group_by("distributor_code").agg(
        until=pl.min_horizontal(
            pl.col("week_start_date").max() + pl.duration(days=6), pl.lit(today)
        )
    )
    works = pl.col("is_workday").sum().over("week_start_date")
    share = pl.when(works == 0).then(1 / 7).otherwise(pl.col("is_workday").cast(pl.Int8) / works)
    spread = days.select("date_day", "week_start_date", share=share)
    every = (
        expected.join(spread, on="week_start_date")
        .join(reported, on="distributor_code")
        .filter((pl.col("date_day") > pl.col("until")) | (pl.col("week_start_date") < cycle))
    )
    parts = [
        every.filter(pl.col("date_day").dt.truncate(length) == _first(today, length))
        .group_by("distributor_code", "sku_code")
        .agg(pieces=(pl.col("expected_pieces") * pl.col("share")).sum())
        .with_columns(period_type=pl.lit(kind), period_start_date=_first(today, length))
        for kind, length in PERIODS.items()
    ]
    return pl.concat(parts)


def landing_cells(
    lines: pl.DataFrame,
    belongs: pl.DataFrame,
    days: pl.DataFrame,
    expected: pl.DataFrame,
    today: date,
) -> pl.DataFrame:
    """Sold in the month and the quarter so far and still to come, by cell.

    Args:
        lines: `fct_sellout_line`.
        belongs: The organisation on every day of a line and on every Sunday.
        days: `dim_date`.
        expected: What is expected of whole weeks, see `still_to_come`.
        today: The as-of day.
    """
    known = lines.filter(pl.col("sold_date") <= today)
    whose = belongs.drop("distributor_code")
    sold = known.with_columns(day=pl.col("sold_date")).join(whose, on=["outlet_code", "day"])
    actual = pl.concat(
        sold.filter(pl.col("sold_date") >= _first(today, length))
        .group_by(CELL)
        .agg(actual_amount=pl.col("net_amount").sum())
        .with_columns(period_type=pl.lit(kind), period_start_date=_first(today, length))
        for kind, length in PERIODS.items()
    )
    to_come = (
        still_to_come(expected, known, days, today)
        .join(rates(lines, whose, today), on=["distributor_code", "sku_code"])
        .group_by(*PERIOD, *CELL)
        .agg(still_to_come_amount=in_cents((pl.col("pieces") * pl.col("rate")).sum()))
    )
    told = actual.join(to_come, on=[*PERIOD, *CELL], how="full", coalesce=True)
    return told.with_columns(pl.col("actual_amount", "still_to_come_amount").fill_null(money()))


def landing(
    cells: pl.DataFrame, days: pl.DataFrame, targets: pl.DataFrame, today: date
) -> pl.DataFrame:
    """`marts.landing`.

    Args:
        cells: The `landing_cells`.
        days: `dim_date`.
        targets: `fct_target`.
        today: The as-of day.
    """
    of_all = targets.filter(
        pl.col("metric_id") == "sellout_net_amount", pl.col("item_level") == "all"
    )
    asked, left = [], []
    for kind, length in PERIODS.items():
        first = _first(today, length)
        named = {"period_type": pl.lit(kind), "period_start_date": first}
        months = of_all.filter(pl.col("target_month").dt.truncate(length) == first)
        asked.append(
            months.group_by(NODE)
            .agg(
                months=pl.col("target_month").n_unique(),
                target_amount=in_cents(pl.col("target_value").cast(pl.Float64).sum()),
            )
            .filter(pl.col("months") == MONTHS_OF[kind])
            .drop("months")
            .with_columns(**named)
        )
        still = days.filter(
            pl.col("date_day").dt.truncate(length) == first, pl.col("date_day") > today
        )
        worked, weeks = int(still["is_workday"].sum()), still.height / 7
        left.append(
            pl.DataFrame({"remaining_workdays": [worked], "weeks": [weeks]}).select(
                pl.all(), **named
            )
        )
    told = (
        at_nodes(cells)
        .group_by(*PERIOD, *NODE)
        .agg(pl.col("actual_amount", "still_to_come_amount").sum())
    )
    landed = (
        told.join(pl.concat(asked), on=[*PERIOD, *NODE], how="left")
        .join(pl.concat(left), on=PERIOD)
        .with_columns(landing_amount=pl.col("actual_amount") + pl.col("still_to_come_amount"))
    )
    gap = pl.col("target_amount") - pl.col("landing_amount")
    rest = gap.cast(pl.Float64)
    days_left, weeks_left = pl.col("remaining_workdays"), pl.col("weeks")
    return landed.with_columns(
        landing_ratio=ratio("landing_amount", "target_amount"),
        gap_amount=gap,
        gap_per_workday_amount=pl.when(days_left > 0).then(rest / days_left),
        gap_per_week_amount=pl.when(weeks_left > 0).then(rest / weeks_left),
        status=pl.when(pl.col("target_amount") > money())
        .then(pl.lit("ok"))
        .otherwise(pl.lit("no_base")),
    ).drop("weeks")


def _first(today: date, length: str) -> date:
    return pl.Series([today]).dt.truncate(length).item()


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
