"""Files of offices that report beside the distributors, and what is true of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import polars as pl

from pipelines.sample.outbox import Outbox, note_rows
from pipelines.sample.plan import DAYS_IN_WEEK, Plan
from pipelines.sample.sheets import plain_csv
from pipelines.sample.truth import FileTruth

BOM = "utf-8-sig"
LATE_DAYS = (3, 11)
COPIED_DAY = 13
RESTATED_DAY = 15
MISSING_DAY = 17


@dataclass(frozen=True)
class Report:
    """One report of an office.

    Attributes:
        sender: Who sends it.
        feed: Which report it is.
        columns: Header → cells, in order.
        minute: Minute after eight at which it usually comes.
    """

    sender: str
    feed: str
    columns: dict[str, pl.Expr]
    minute: int

    def fact(self, stamp: str, period: str, received_at: datetime) -> FileTruth:
        """What is known of a file before its rows are counted."""
        folder = f"{self.sender}/{self.feed}"
        return FileTruth(
            file=f"{folder}/{self.sender}_{self.feed}_{stamp}.csv",
            sender=self.sender,
            feed=self.feed,
            period=period,
            received_at=received_at,
        )


def send(report: Report, rows: pl.DataFrame, fact: FileTruth, outbox: Outbox) -> None:
    """Write one file; `bad` and `warned` rows are noted, `amount` is added up in fen."""
    table = rows.select(cells.alias(header) for header, cells in report.columns.items())
    good = rows.filter(pl.col("bad") == "")
    has_amount = "amount" in rows.columns
    counted = replace(
        fact,
        rows=rows.height,
        bad_rows=rows.height - good.height,
        amount=int(good["amount"].sum()) if has_amount else None,
    )
    outbox.put(plain_csv(table).encode(BOM), counted)
    if fact.status != "duplicate":
        note_rows(outbox.truth, fact.file, 2, rows)


def send_history(
    plan: Plan, report: Report, rows: pl.DataFrame, last: date, outbox: Outbox
) -> None:
    """Write everything up to a day as one file, received when the deployment goes live."""
    first = plan.first_monday if last == plan.sunday(plan.split - 1) else plan.months[0]
    received = datetime.combine(plan.weekly_from, time(8, report.minute))
    stamp = f"{first:%Y%m%d}_{last:%Y%m%d}"
    send(report, rows, report.fact(stamp, f"{first}..{last}", received), outbox)


def send_days(plan: Plan, report: Report, rows: pl.DataFrame, first: date, outbox: Outbox) -> None:
    """Write one file a day up to the day before the last, each received the morning after.

    Args:
        plan: The sample's days.
        report: The report.
        rows: Its rows with `day`, counted from the first Monday.
        first: First day with a file of its own.
        outbox: Where to.
    """
    start = (first - plan.first_monday).days
    days = range(start, plan.size.weeks * DAYS_IN_WEEK - 1)
    for number, offset in enumerate(days):
        _send_day(report, rows.filter(pl.col("day") == offset), plan.day(offset), number, outbox)


def _send_day(report: Report, rows: pl.DataFrame, day: date, number: int, outbox: Outbox) -> None:
    """One day: two come late, one never, one twice, one is sent again with its last row."""
    if number == MISSING_DAY:
        outbox.truth.missing.append((report.sender, report.feed, day.isoformat()))
        return
    is_late = number in LATE_DAYS
    at = time(15, 40) if is_late else time(8, report.minute)
    stamp, period = f"{day:%Y%m%d}", day.isoformat()
    fact = report.fact(stamp, period, datetime.combine(day + timedelta(days=1), at))
    fact = replace(fact, is_late=is_late)
    if number == RESTATED_DAY:
        send(report, rows.head(-1), replace(fact, status="superseded"), outbox)
    if number in (COPIED_DAY, RESTATED_DAY):
        ending, status = ("_copy", "duplicate") if number == COPIED_DAY else ("_v2", "loaded")
        again = report.fact(stamp + ending, period, fact.received_at + timedelta(hours=5))
        send(report, rows, replace(again, status=status), outbox)
    if number != RESTATED_DAY:
        send(report, rows, fact, outbox)
