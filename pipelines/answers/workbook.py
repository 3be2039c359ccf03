"""Writes workbooks: every cell typed, every text safe, the same bytes for the same content."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.answers.neutral import is_formula_like

Style = dict[str, Any]
LAST_ROW = 1_048_575
"""Index of the last row a sheet can have."""
LONGEST_TEXT = 32_767
MOST_DIGITS = 15
FONT = "Microsoft YaHei"
BASE: Style = {"font_name": FONT, "font_size": 10, "valign": "top"}
TEXT: Style = {"num_format": "@"}
WRAPPED: Style = {"text_wrap": True}
BOLD: Style = {"bold": True}
TITLE: Style = {"bold": True, "font_size": 15}
FAINT: Style = {"font_color": "#6B7280"}
HEAD: Style = {"bold": True, "bg_color": "#E5E7EB", "border": 1, "border_color": "#9CA3AF"}
MUST: Style = HEAD | {"bg_color": "#1F4E79", "font_color": "#FFFFFF"}
DAY: Style = {"num_format": "yyyy-mm-dd"}
MINUTE: Style = {"num_format": "yyyy-mm-dd hh:mm"}
LINE: Style = {"bottom": 1, "bottom_color": "#E5E7EB"}
COUNT: Style = {"num_format": "#,##0", "align": "right"}
RIGHT: Style = {"align": "right"}
BAD: Style = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
DOUBTFUL: Style = {"bg_color": "#FFEB9C", "font_color": "#7F6000"}
FORBIDDEN_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
NOT_XML = re.compile("[\\ud800-\\udfff\\ufffe\\uffff]")
MADE = datetime(2000, 1, 1)


@dataclass
class Book:
    """A workbook being written.

    Attributes:
        file: The workbook of XlsxWriter.
        formats: Formats made so far, by their properties.
    """

    file: xlsxwriter.Workbook
    formats: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def format(self, *styles: Style) -> Format:
        """One format with these properties, later styles over earlier ones."""
        properties: Style = {}
        for style in (BASE, *styles):
            properties |= style
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.file.add_format(properties)
        return self.formats[key]

    def sheet(self, name: str) -> Worksheet:
        """A new sheet under this name, or the nearest a workbook allows."""
        plain = FORBIDDEN_IN_SHEET_NAMES.sub(" ", name).strip().strip("'")[:31]
        return self.file.add_worksheet(plain or "Sheet1")

    def put(self, sheet: Worksheet, row: int, column: int, value: object, *styles: Style) -> None:
        """Write one value: a number as a number, a day as a day, a text never as a formula.

        Args:
            sheet: Where to.
            row: Index from 0.
            column: Index from 0.
            value: What; None leaves a formatted blank.
            styles: How it looks.
        """
        if value is None:
            sheet.write_blank(row, column, None, self.format(*styles))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self.format(*styles))
        elif isinstance(value, (int, float, Decimal)) and _is_exact(value):
            sheet.write_number(row, column, float(value), self.format(*styles))
        elif isinstance(value, date):
            is_day = not isinstance(value, datetime)
            moment = datetime.combine(value, time()) if is_day else value
            shape = self.format(DAY if is_day else MINUTE, *styles)
            sheet.write_datetime(row, column, moment, shape)
        else:
            self._put_text(sheet, row, column, str(value), styles)

    def _put_text(
        self, sheet: Worksheet, row: int, column: int, text: str, styles: Sequence[Style]
    ) -> None:
        text = NOT_XML.sub("\ufffd", text)
        risky: Style = {"quote_prefix": True} | TEXT if is_formula_like(text) else {}
        sheet.write_string(row, column, text[:LONGEST_TEXT], self.format(*styles, risky))


@contextmanager
def workbook(path: Path, properties: dict[str, str]) -> Generator[Book]:
    """A workbook that appears under its name once it is whole.

    Args:
        path: Where it shall be; folders are made.
        properties: Custom properties of the document, told to programs that read it again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    file = xlsxwriter.Workbook(
        str(part),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    file.set_properties({"created": MADE, "author": "Daqu", "title": path.stem})
    for name, value in properties.items():
        file.set_custom_property(name, value, "text")
    try:
        yield Book(file)
        file.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def width_of(texts: Sequence[str], least: int = 8, most: int = 40) -> int:
    """Width of a column that shows these texts, in characters; Chinese ones count twice."""
    lines = [line for text in texts for line in text.splitlines()]
    return max(least, min(most, max((cell_len(line) for line in lines), default=0) + 3))


def height_of(texts: Sequence[tuple[str, int]]) -> int:
    """Height of a row, in points, that shows these texts wrapped in columns of these widths."""
    return min(409, 3 + 15 * max((_lines(text, width) for text, width in texts), default=1))


def _lines(text: str, width: int) -> int:
    room = max(1, width - 2)
    return sum(1 + max(0, cell_len(line) - 1) // room for line in text.splitlines()) or 1


def set_widths(sheet: Worksheet, widths: Sequence[int]) -> None:
    """Set the widths of the first columns."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)


def page(sheet: Worksheet, footer: str) -> None:
    """Make a sheet fit to print: landscape A4, as wide as the paper, header and footer on it."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.set_footer(f"&L&8{footer.replace('&', '&&')[:200]}&R&8&P / &N")


def _is_exact(value: float | Decimal) -> bool:
    """Whether a cell, which holds a double, can show the number as it is."""
    if isinstance(value, float):
        return math.isfinite(value)
    if not Decimal(value).is_finite():
        return False
    digits = Decimal(value).normalize().as_tuple().digits
    return len(digits) <= MOST_DIGITS
