"""Cells to bytes: CSV in the sender's encoding, or a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import polars.selectors as cs
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.sample.families import MOVEMENTS, Family, Layout

DATES = ("sold_date", "snapshot_date", "production_date", "expiry_date")
WHOLE = ("quantity", "line_no", *MOVEMENTS)
SCALED = {"amount": 2, "unit_price": 4}
TOTAL = "合计"
EXCEL_DAY_ZERO = date(1899, 12, 30)
CREATED = datetime(2026, 1, 1)
UNKNOWN_TABLE = "车牌号,司机,里程\n沪A00001,甲,120\n沪A00002,乙,85\n"
BINARY = bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, *range(256)]) * 8
BROKEN_BYTES = {"empty": b"", "binary": BINARY, "header": UNKNOWN_TABLE.encode("utf-8-sig")}


@dataclass(frozen=True)
class Sheet:
    """One table as a sender sends it.

    Attributes:
        family: Who writes.
        layout: (header, field) in order.
        title: Text above the header; empty for none.
        totals: field → total for the 合计 row; empty for no such row.
    """

    family: Family
    layout: Layout
    title: str = ""
    totals: dict[str, int] | None = None

    @property
    def fields(self) -> list[str]:
        """Fields in the order of the columns."""
        return [field for _, field in self.layout]

    @property
    def headers(self) -> list[str]:
        """Headers in the order of the columns."""
        return [header for header, _ in self.layout]


def texts(cells: pl.DataFrame, family: Family, layout: Layout) -> pl.DataFrame:
    """Every cell of a CSV as text, columns named by field, `content` kept."""
    columns = [_text(cells, field, family).alias(field) for _, field in layout]
    return cells.select("content", *columns)


def _text(cells: pl.DataFrame, field: str, family: Family) -> pl.Expr:
    """A column as the dialect writes it, with the text that replaces it where there is one."""
    dialect = family.dialect
    if field in DATES:
        text = pl.col(field).dt.strftime(dialect.date_format).fill_null("")
    elif field in WHOLE:
        text = _number(field, 0, thousands=dialect.thousands)
    elif field in SCALED:
        text = _number(field, SCALED[field], thousands=dialect.thousands)
    else:
        return pl.col(field)
    replaced = f"{field}_text"
    return pl.coalesce(replaced, text) if replaced in cells.columns else text


def _number(field: str, places: int, *, thousands: bool) -> pl.Expr:
    """A whole number of the smallest unit as decimal text, with separators if asked."""
    unit = 10**places
    size = pl.col(field).abs()
    whole = size // unit
    text = grouped(whole) if thousands else whole.cast(pl.String)
    if places:
        text = text + "." + (size % unit).cast(pl.String).str.zfill(places)
    return pl.when(pl.col(field) < 0).then("-" + text).otherwise(text)


def grouped(whole: pl.Expr) -> pl.Expr:
    """`1234567` as `1,234,567`."""
    last, middle = (
        (whole // 1_000**power % 1_000).cast(pl.String).str.zfill(3) for power in (0, 1)
    )
    million = (whole // 1_000_000).cast(pl.String) + "," + middle + "," + last
    thousand = (whole // 1_000).cast(pl.String) + "," + last
    return (
        pl.when(whole >= 1_000_000)
        .then(million)
        .when(whole >= 1_000)
        .then(thousand)
        .otherwise(whole.cast(pl.String))
    )


def csv_bytes(sheet: Sheet, rows: pl.DataFrame) -> bytes:
    """A CSV of texts: title, blank lines, header, rows, total."""
    named = rows.select(pl.col(field).alias(header) for header, field in sheet.layout)
    body = plain_csv(named)
    if sheet.title:
        body = sheet.title + "\n" * (1 + sheet.family.dialect.gap) + body
    if sheet.totals:
        body += ",".join(_total_texts(sheet)) + "\n"
    return body.encode(sheet.family.dialect.encoding)


def plain_csv(frame: pl.DataFrame) -> str:
    """CSV in which empty text is nothing, as spreadsheets write it, and not a pair of quotes."""
    return frame.with_columns(cs.string().replace("", None)).write_csv()


def _total_texts(sheet: Sheet) -> list[str]:
    totals = sheet.totals or {}
    values = [TOTAL] + [""] * (len(sheet.fields) - 1)
    for place, field in enumerate(sheet.fields):
        if field in totals:
            unit = 10 ** SCALED.get(field, 0)
            sign, size = "-" if totals[field] < 0 else "", abs(totals[field])
            fraction = f".{size % unit:0{SCALED[field]}d}" if field in SCALED else ""
            values[place] = f"{sign}{size // unit}{fraction}"
    return values


def xlsx_bytes(sheet: Sheet, cells: pl.DataFrame) -> bytes:
    """A workbook: title in merged cells, header below, real dates and numbers, total."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": CREATED})
    day_format = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet("Sheet1")
    page.merge_range(0, 0, 0, len(sheet.layout) - 1, sheet.title, book.add_format({"bold": True}))
    top = 1 + sheet.family.dialect.gap
    page.write_row(top, 0, sheet.headers)
    for place, field in enumerate(sheet.fields):
        form = day_format if field in DATES else None
        _write_column(page, (top + 1, place), _values(cells, field), form)
    for place, field in enumerate(sheet.fields):
        if sheet.totals and field in sheet.totals:
            total = sheet.totals[field] / 10 ** SCALED.get(field, 0)
            page.write_number(top + 1 + cells.height, place, total)
    page.write_string(top + 1 + cells.height, 0, TOTAL)
    book.close()
    return buffer.getvalue()


def text_book(table: pl.DataFrame, sheet: str) -> bytes:
    """A workbook of one sheet with nothing but texts; empty ones are left blank."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": CREATED})
    page = book.add_worksheet(sheet)
    for place, name in enumerate(table.columns):
        page.write_string(0, place, name)
        _write_column(page, (1, place), table[name].to_list(), None)
    book.close()
    return buffer.getvalue()


def _values(cells: pl.DataFrame, field: str) -> Sequence[object]:
    """Cells of a column: numbers, or text where text replaces them; None for blank."""
    column = cells[field]
    if field in DATES:
        column = (column - EXCEL_DAY_ZERO).dt.total_days()
    elif field in SCALED:
        column = column / 10 ** SCALED[field]
    values: list[object] = column.to_list()
    if f"{field}_text" in cells.columns:
        replaced = cells[f"{field}_text"].to_list()
        return [v if t is None else t for v, t in zip(values, replaced, strict=True)]
    return values


def _write_column(
    page: Worksheet,
    corner: tuple[int, int],
    values: Sequence[object],
    form: Format | None,
) -> None:
    first, place = corner
    for row, value in enumerate(values, first):
        if isinstance(value, str):
            if value:
                page.write_string(row, place, value)
        elif isinstance(value, (int, float)):
            page.write_number(row, place, value, form)
