"""Movement reports beside what others say of them, worked out row by row in plain loops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from tests.integration.oracle.movement_cases import DAY, Reports, Row, limit

GAPS = {
    "balance_status": "unexplained_pieces",
    "opening_status": "opening_gap_pieces",
    "receipts_status": "receipts_gap_pieces",
    "sellout_status": "sellout_gap_pieces",
}
WORST_FIRST = ("fail", "warn", "pass", "not_compared")


def reconciled(reports: Reports, workdays: Sequence[date], as_of: date) -> list[Row]:
    """Every row the reconciliation must have; each distributor sends its own sell-out.

    Args:
        reports: What came in.
        workdays: Days on which sell-in owes a file.
        as_of: The day figures are told on.
    """
    sellin, sellout = _by_owner(reports.sellin), _by_owner(reports.sellout)
    sent = _covered(reports.files)
    silent = [day for day in workdays if day not in sent["erp"]]
    return [
        row
        for owner, rows in _by_owner(reports.movement).items()
        for row in _of_one(rows, sellin[owner], sellout[owner], sent[owner], silent, as_of)
    ]


def _of_one(
    rows: list[Row],
    sellin: list[Row],
    sellout: list[Row],
    sold_days: set[date],
    silent: list[date],
    as_of: date,
) -> Iterable[Row]:
    ends: dict[tuple[str, date], date] = {}
    cells: dict[tuple[str, date, str], list[Row]] = defaultdict(list)
    for row in rows:
        start, end = row["period_start_date"], row["period_end_date"]
        kind = "week" if (end - start).days < 7 else "month"
        ends[kind, start] = max(end, ends.get((kind, start), end))
        cells[kind, start, row["sku_code"]].append(row)
    last = max(((end, *key[::-1]) for key, end in ends.items() if end <= as_of), default=None)
    for (kind, start, sku), mine in cells.items():
        end = ends[kind, start]
        key = {"period_type": kind, "period_start_date": start, "sku_code": sku}
        key |= {"distributor_code": mine[0]["distributor_code"], "period_end_date": end}
        before = [cell for cell in cells if cell[0] == kind and cell[2] == sku and cell[1] < start]
        closing = None
        if before and ends[max(before)[:2]] + DAY == start:
            closing = _sum(row["closing_pieces"] for row in cells[max(before)])
        came = gone = None
        if not any(start - 7 * DAY <= day <= end + 7 * DAY for day in silent):
            came = _within(sellin, key, "delivered_date", ("sale", "free"))
        if {start + number * DAY for number in range((end - start).days + 1)} <= sold_days:
            gone = _within(sellout, key, "sold_date", ("sale", "exchange"))
        yield key | {"is_latest": last == (end, start, kind)} | _judged(mine, closing, came, gone)


def _judged(
    rows: list[Row], closing: Decimal | None, came: Decimal | None, gone: Decimal | None
) -> Row:
    said = {
        name: _sum(row[f"{name}_pieces"] for row in rows)
        for name in ("unexplained", "opening", "receipts", "sellout")
    }
    told: Row = {
        "unexplained_pieces": said["unexplained"],
        "opening_gap_pieces": _less(said["opening"], closing),
        "receipts_gap_pieces": _less(said["receipts"], came),
        "sellout_gap_pieces": _less(said["sellout"], gone),
    }
    verdicts = {name: _verdict(told[gap], limit(rows)) for name, gap in GAPS.items()}
    status = min(verdicts.values(), key=WORST_FIRST.index)
    return told | verdicts | {"status": status, "tolerance_pieces": limit(rows)}


def _verdict(gap: Decimal | None, tolerance: Decimal) -> str:
    if gap is None:
        return "not_compared"
    if abs(gap) <= tolerance:
        return "pass"
    return "warn" if abs(gap) <= 4 * tolerance else "fail"


def _within(lines: list[Row], key: Row, day: str, doc_types: tuple[str, str]) -> Decimal:
    first, last = key["period_start_date"], key["period_end_date"]
    return sum(
        (
            line["quantity_pieces"]
            for line in lines
            if line["sku_code"] == key["sku_code"]
            and line["doc_type"] in doc_types
            and line["quantity_pieces"] > 0
            and line[day]
            and first <= line[day] <= last
        ),
        Decimal(0),
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _less(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if value is None or other is None else value - other


def _by_owner(rows: Iterable[Row]) -> dict[str, list[Row]]:
    owners: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        owners[row["distributor_code"]].append(row)
    return owners


def _covered(files: Iterable[Row]) -> dict[str, set[date]]:
    days: dict[str, set[date]] = defaultdict(set)
    for file in files:
        if file["rows_loaded"] or not file["rows_quarantined"]:
            span = range((file["period_end"] - file["period_start"]).days + 1)
            days[file["sender"]] |= {file["period_start"] + number * DAY for number in span}
    return days
