"""Movement reports by the thousand, each distributor a case of its own, for models to be run over.

Gaps are nothing, little, just at a limit or just past it, so that limits are met from both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

Row = dict[str, Any]
Span = tuple[date, date]
DAY, STEP = timedelta(days=1), Decimal("0.001")
MONTHS = [date(2026, month, 1) for month in range(1, 12)]
MONDAYS = [date(2026, 8, 31) + number * 7 * DAY for number in range(12)]
PIECES_PER_CASE: dict[str, int | None] = {"S1": 1, "S12": 12, "S24": 24, "NOT_SAID": None}
FLOWS = ("receipts", "transfer_in", "customer_returns", "sellout", "adjustment")
# first and last day, rows loaded, rows in quarantine
SELLIN_FILES = (
    (date(2025, 12, 1), date(2026, 3, 10), 9, 0),
    (date(2026, 3, 11), date(2026, 3, 11), 0, 4),  # a Wednesday of which no row was loaded
    (date(2026, 3, 12), date(2026, 6, 13), 9, 3),  # the Sunday after it has no file
    (date(2026, 6, 15), date(2026, 9, 16), 9, 0),
    (date(2026, 9, 17), date(2026, 9, 17), 0, 0),  # nothing to report
    (date(2026, 9, 18), date(2026, 11, 14), 9, 0),
)


@dataclass
class Reports:
    """Rows of what is read: `fct_stock_movement`, both line facts and the ledger's deliveries."""

    movement: list[Row] = field(default_factory=list)
    sellin: list[Row] = field(default_factory=list)
    sellout: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)


def made_up(rng: Random, distributors: int) -> Reports:
    """Reports of so many distributors; each sends its own sell-out."""
    reports = Reports(files=[_file("sellin", "erp", span) for span in SELLIN_FILES])
    for number in range(distributors):
        starts = rng.sample(MONTHS, rng.randint(0, 4)) + rng.sample(MONDAYS, rng.randint(0, 3))
        closing: dict[str, Decimal | None] = {}
        for start in sorted(starts, key=lambda day: (day in MONDAYS, day)):
            _report(rng, f"D{number:05}", start, closing, reports)
    return reports


def limit(rows: Sequence[Row]) -> Decimal:
    """Pieces the rows of one SKU may be off: a case, or half a per cent of what there was.

    In thousandths of a piece, as it is shown.
    """
    available = sum(
        (row["opening_pieces"] or 0)
        + row["receipts_pieces"]
        + row["transfer_in_pieces"]
        + row["customer_returns_pieces"]
        + max(row["adjustment_pieces"], 0)
        for row in rows
    )
    share = (available * Decimal("0.005")).quantize(STEP, ROUND_HALF_UP)
    return max(Decimal(PIECES_PER_CASE[rows[0]["sku_code"]] or 1), share)


def _report(
    rng: Random, owner: str, start: date, closing: dict[str, Decimal | None], reports: Reports
) -> None:
    end = start + 6 * DAY if start in MONDAYS else (start + 31 * DAY).replace(day=1) - DAY
    if start in MONTHS and rng.random() < 0.1:
        end = start + 19 * DAY  # the month so far
    sent = start - 3 * DAY, rng.choice((end, end, end - DAY)), *rng.choice(((5, 2), (0, 0), (0, 3)))
    if rng.random() < 0.8:
        reports.files.append(_file("sellout", owner, sent))
    for sku in rng.sample(list(PIECES_PER_CASE), rng.randint(1, 3)):
        rows = [_moved(rng, owner, sku, (start, end)) for _ in range(rng.choice((1, 1, 2)))]
        last = closing.get(sku)
        if last is not None:
            rows[0]["opening_pieces"] = last + _gap(rng, rows)
        closing[sku] = rows[0]["closing_pieces"]
        reports.movement += rows
        reports.sellin += _lines(rng, rows, "receipts", "delivered_date", ("sale", "free"))
        reports.sellout += _lines(rng, rows, "sellout", "sold_date", ("sale", "exchange"))
        named = {"distributor_code": owner, "sku_code": sku}
        reports.sellin.append(named | _line(None, "sale", 77, "delivered_date"))
        reports.sellout.append(named | _line(start, "free", 5, "sold_date"))
        reports.sellout.append(named | _line(end, "exchange", -3, "sold_date"))


def _moved(rng: Random, owner: str, sku: str, span: Span) -> Row:
    def some() -> Decimal:
        return Decimal(rng.randint(1, 9000) if rng.random() < 0.6 else 0)

    row: Row = {"distributor_code": owner, "sku_code": sku}
    row |= {"period_start_date": span[0], "period_end_date": span[1]}
    row |= {f"{flow}_pieces": some() for flow in FLOWS}
    row["adjustment_pieces"] *= rng.choice((1, -1))
    for stock in ("opening_pieces", "closing_pieces"):
        row[stock] = some() if rng.random() < 0.9 else None
    is_stated = row["opening_pieces"] is not None or row["closing_pieces"] is not None
    return row | {"unexplained_pieces": _gap(rng, [row]) if is_stated else None}


def _gap(rng: Random, rows: Sequence[Row]) -> Decimal:
    near = limit(rows)
    sizes = (0, 0, 0, 1, near, near + STEP, 4 * near, 4 * near + STEP, 9 * near)
    return Decimal(rng.choice(sizes)) * rng.choice((1, -1))


def _lines(
    rng: Random, rows: Sequence[Row], flow: str, day: str, counted: Sequence[str]
) -> list[Row]:
    """Lines that come to what the rows say less a gap, among lines that do not count."""
    first, last = rows[0]["period_start_date"], rows[0]["period_end_date"]
    inside = first, last, first + rng.randint(0, (last - first).days) * DAY
    wanted = sum((row[f"{flow}_pieces"] for row in rows), Decimal(0)) - _gap(rng, rows)
    part = min(wanted, Decimal(rng.randint(0, 100)))
    lines = [
        _line(rng.choice(inside), rng.choice(counted), pieces, day)
        for pieces in (part, wanted - part)
        if pieces > 0
    ]
    lines.append(_line(rng.choice(inside), "return", -rng.randint(1, 50), day))
    if rng.random() < 0.2:
        lines.append(_line(rng.choice((first - DAY, last + DAY)), "sale", 8, day))
    named = {name: rows[0][name] for name in ("distributor_code", "sku_code")}
    return [named | line for line in lines]


def _line(day: date | None, doc_type: str, pieces: Decimal | int, column: str) -> Row:
    return {column: day, "doc_type": doc_type, "quantity_pieces": Decimal(pieces)}


def _file(feed: str, sender: str, told: tuple[date, date, int, int]) -> Row:
    first, last, loaded, held = told
    return {
        "feed": feed,
        "sender": sender,
        "status": "loaded",
        "is_current": True,
        "period_start": first,
        "period_end": last,
        "rows_loaded": loaded,
        "rows_quarantined": held,
    }
