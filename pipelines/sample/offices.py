"""Files of offices that report beside the distributors, and what is true of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import polars as pl

from pipelines.sample.outbox import Outbox, note_rows
from pipelines.sample.plan import DAYS_IN_WEEK, Plan
from pipelines.sample.sheets import grouped, plain_csv, text_book
from pipelines.sample.truth import FileTruth

BOM = "utf-8-sig"
HOURS_IN_DAY = 24
SUMMED = ("quantity", "amount", "pieces")
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
        minute: Minute of the hour at which it usually comes.
        hour: Hour it usually comes, from the start of its day: 32 is eight the next morning.
        encoding: Encoding of a CSV.
        sheet: Name of the sheet of a workbook; empty for a CSV.
    """

    sender: str
    feed: str
    columns: dict[str, pl.Expr]
    minute: int
    hour: int = 32
    encoding: str = BOM
    sheet: str = ""

    def fact(self, stamp: str, period: str, received_at: datetime) -> FileTruth:
        """What is known of a file before its rows are counted."""
        folder = f"{self.sender}/{self.feed}"
        return FileTruth(
            file=f"{folder}/{self.sender}_{self.feed}_{stamp}.{'xlsx' if self.sheet else 'csv'}",
            sender=self.sender,
            feed=self.feed,
            period=period,
            received_at=received_at,
        )

    def usually(self, day: date) -> datetime:
        """When the report of a day comes."""
        return datetime.combine(day, time()) + timedelta(hours=self.hour, minutes=self.minute)

    def written(self, table: pl.DataFrame) -> bytes:
        """The bytes of a table of texts."""
        if self.sheet:
            return text_book(table, self.sheet)
        return plain_csv(table).encode(self.encoding)


def send(report: Report, rows: pl.DataFrame, fact: FileTruth, outbox: Outbox) -> None:
    """Write one file; `bad` and `warned` rows are noted, quantities and fen are added up."""
    table = rows.select(cells.alias(header) for header, cells in report.columns.items())
    good = rows.filter(pl.col("bad") == "")
    summed = [name for name in SUMMED if name in rows.columns and rows.height]
    sums = {name: int(good[name].sum()) for name in summed}
    counted = replace(fact, rows=rows.height, bad_rows=rows.height - good.height, **sums)
    outbox.put(report.written(table), counted)
    if fact.status != "duplicate":
        note_rows(outbox.truth, fact.file, 2, rows)


def send_history(
    report: Report, rows: pl.DataFrame, span: tuple[date, date], live: date, outbox: Outbox
) -> None:
    """Write everything from a day to a day as one file, received on the day reports start."""
    first, last = span
    received = datetime.combine(live, time(8, report.minute))
    stamp = f"{first:%Y%m%d}_{last:%Y%m%d}"
    send(report, rows, report.fact(stamp, f"{first}..{last}", received), outbox)


def send_days(plan: Plan, report: Report, rows: pl.DataFrame, first: date, outbox: Outbox) -> None:
    """Write one file a day: the last day's too, where it comes the same evening.

    Args:
        plan: The sample's days.
        report: The report.
        rows: Its rows with `day`, counted from the first Monday.
        first: First day with a file of its own.
        outbox: Where to.
    """
    start = (first - plan.first_monday).days
    after = 1 if report.hour >= HOURS_IN_DAY else 0
    days = range(start, plan.size.weeks * DAYS_IN_WEEK - after)
    for number, offset in enumerate(days):
        _send_day(report, rows.filter(pl.col("day") == offset), plan.day(offset), number, outbox)


def _send_day(report: Report, rows: pl.DataFrame, day: date, number: int, outbox: Outbox) -> None:
    """One day: two come late, one never, one twice, one is sent again with its last row if any."""
    if number == MISSING_DAY:
        outbox.truth.missing.append((report.sender, report.feed, day.isoformat()))
        return
    is_late = number in LATE_DAYS
    late = datetime.combine(day + timedelta(days=1), time(15, 40))
    stamp, period = f"{day:%Y%m%d}", day.isoformat()
    fact = report.fact(stamp, period, late if is_late else report.usually(day))
    fact = replace(fact, is_late=is_late)
    restated = number == RESTATED_DAY and rows.height > 0
    if restated:
        send(report, rows.head(-1), replace(fact, status="superseded"), outbox)
    if number == COPIED_DAY or restated:
        ending, status = ("_copy", "duplicate") if number == COPIED_DAY else ("_v2", "loaded")
        again = report.fact(stamp + ending, period, fact.received_at + timedelta(hours=5))
        send(report, rows, replace(again, status=status), outbox)
    if not restated:
        send(report, rows, fact, outbox)


def day_text(plan: Plan, day: str | pl.Expr) -> pl.Expr:
    """A day counted from the first Monday as text; empty for none."""
    counted = pl.col(day) if isinstance(day, str) else day
    shown = pl.lit(plan.first_monday) + pl.duration(days=counted)
    return shown.dt.strftime("%Y-%m-%d").fill_null("")


def yuan(amount: str | pl.Expr) -> pl.Expr:
    """Fen as an ERP prints them: `1,234.50`."""
    fen = pl.col(amount) if isinstance(amount, str) else amount
    whole, rest = fen.abs() // 100, (fen.abs() % 100).cast(pl.String).str.zfill(2)
    sign = pl.when(fen < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return sign + grouped(whole) + "." + rest
