"""Writes the empty workbook of a report: one sheet to fill in, one that says how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from pipelines.answers import workbook as look
from pipelines.answers.columns import Asked, asked, type_words
from pipelines.answers.workbook import LAST_ROW, Book, Style, height_of, width_of, workbook
from pipelines.contracts import NOTE, Column, Contract
from pipelines.contracts.feed_pages import PERIOD_NAMES, again_words, due_words
from pipelines.landing.mapping import FeedMapping
from pipelines.landing.periods import ALL, Period, period_of
from pipelines.language import one

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
LARGEST = 10**12
MARK = " *"
LISTS = f"{NOTE}lists"
MONTH: Style = {"num_format": "yyyy-mm"}
MONEY: Style = {"num_format": "0.00"}
EMPTY_MUST: Style = {"bg_color": "#FFF2CC"}
Line = tuple[str, str]
HEADS: tuple[Line, ...] = (
    ("Column", "列"),
    ("Required", "必填"),
    ("Written as", "填写方式"),
    ("Meaning", "含义"),
    ("含义", "Meaning"),
    ("Words understood", "可填的词"),
)
WIDTHS = (28, 9, 26, 40, 40, 40)


@dataclass(frozen=True)
class Form:
    """A report to be filled in by one sender.

    Attributes:
        contract: The report.
        mapping: How the sender writes it.
        sender: Who fills it in.
        language: `zh` or `en`: the sender's.
        as_of: Day the examples are of.
        rows: What is filled in already, values by column name or header of a note.
        notes: Headers of columns beside the table that are for people only; each starts with `#`.
    """

    contract: Contract
    mapping: FeedMapping
    sender: str
    language: str
    as_of: date
    rows: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()

    @property
    def columns(self) -> list[Asked]:
        """Its columns as this sender is asked for them."""
        return asked(self.contract, self.mapping, self.language)

    def say(self, words: Line) -> str:
        """English and Chinese words in the sender's language."""
        return one(self.language, *words)

    def beside(self, words: Line) -> str:
        """The same in the other language."""
        return one("en" if self.language == "zh" else "zh", *words)


@dataclass
class _Lists:
    """Words to choose from, on a sheet of their own: there is no limit to them there."""

    sheet: Worksheet
    columns: list[tuple[str, ...]] = field(default_factory=list)

    def reference(self, book: Book, words: tuple[str, ...]) -> str:
        """The cells that hold these words."""
        if words not in self.columns:
            self.columns.append(words)
            for row, word in enumerate(words):
                book.put(self.sheet, row, len(self.columns) - 1, word, look.TEXT)
        name = xl_col_to_name(self.columns.index(words), col_abs=True)
        return f"='{LISTS}'!{name}$1:{name}${len(words)}"


def write_template(path: Path, form: Form) -> None:
    """Write the workbook.

    A filled-in one lands by the ordinary route: its headers, words, dates and numbers are those the
    reader knows. Contract and version are on the second sheet, in the footer of both and in the
    custom properties `daqu_contract` and `daqu_contract_version`.
    """
    contract = form.contract
    properties = {
        "daqu_contract": contract.feed,
        "daqu_contract_version": contract.version,
        "daqu_sender": form.sender,
    }
    with workbook(path, properties) as book:
        table = book.sheet(form.mapping.sheet or form.say((contract.title_en, contract.title_zh)))
        instructions = book.sheet(NOTE + form.say(("How to fill it in", "填写说明")))
        lists = _Lists(book.sheet(LISTS))
        lists.sheet.hide()
        _write_table(book, table, lists, form)
        _write_instructions(book, instructions, form)
        table.activate()


def _write_table(book: Book, sheet: Worksheet, lists: _Lists, form: Form) -> None:
    columns = form.columns
    for place, item in enumerate(columns):
        column = item.column
        header = item.header + (MARK if column.required else "")
        style = look.MUST if column.required else look.HEAD
        book.put(sheet, 0, place, header, style, look.WRAPPED)
        sheet.write_comment(0, place, _comment(item, form), _comment_shape(item, form))
        texts = [header, *(str(row.get(column.name) or "") for row in form.rows[:200])]
        shape = shape_of(column)
        sheet.set_column(place, place, _width(column, texts), book.format(shape))
        sheet.data_validation(1, place, LAST_ROW, place, _validation(book, lists, item, form))
        for number, row in enumerate(form.rows, start=1):
            book.put(sheet, number, place, row.get(column.name), shape)
    _mark_empty(book, sheet, columns)
    _write_notes(book, sheet, len(columns), form)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 0)
    look.page(sheet, _footer(form))


def _write_notes(book: Book, sheet: Worksheet, start: int, form: Form) -> None:
    for place, header in enumerate(form.notes, start=start):
        texts = [header, *(str(row.get(header) or "") for row in form.rows[:200])]
        book.put(sheet, 0, place, header, look.HEAD, look.FAINT, look.WRAPPED)
        sheet.set_column(place, place, width_of(texts), book.format(look.FAINT))
        for number, row in enumerate(form.rows, start=1):
            book.put(sheet, number, place, row.get(header), look.FAINT)


def shape_of(column: Column) -> Style:
    """How cells of a column are formatted; texts as text, so that leading zeros survive."""
    if column.logical_type == "date":
        return MONTH if column.format else look.DAY
    if column.logical_type == "timestamp":
        return look.MINUTE
    if column.logical_type == "number" and column.duckdb_type.endswith(",2)"):
        return MONEY
    return {} if column.logical_type in ("number", "integer") else look.TEXT


def _width(column: Column, texts: Sequence[str]) -> int:
    least = {"timestamp": 18, "date": 12, "string": 12}.get(column.logical_type, 10)
    return width_of(texts, least)


def _mark_empty(book: Book, sheet: Worksheet, columns: Sequence[Asked]) -> None:
    """Colour what is still to be filled in, in every row somebody has begun."""
    last = xl_col_to_name(len(columns) - 1)
    for place, item in enumerate(columns):
        if not item.column.required:
            continue
        cell = f"{xl_col_to_name(place)}2"
        rule = {
            "type": "formula",
            "criteria": f'=AND(COUNTA($A2:${last}2)>0,{cell}="")',
            "format": book.file.add_format(EMPTY_MUST),
        }
        sheet.conditional_format(1, place, LAST_ROW, place, rule)


def _validation(book: Book, lists: _Lists, item: Asked, form: Form) -> dict[str, Any]:
    """What Excel lets into a cell; the sentence it shows otherwise is the sender's."""
    column = item.column
    words = _both(form, type_words(column))
    shown = {
        "ignore_blank": True,
        "error_title": item.header[:32],
        "error_message": words[:255],
        "error_type": "stop" if item.is_closed else "information",
    }
    if item.words:
        choices = lists.reference(book, item.words)
        words = _both(form, ("Choose from the list.", "请从列表中选择。"))
        return shown | {"validate": "list", "source": choices, "error_message": words}
    return shown | _bounds(column)


def _bounds(column: Column) -> dict[str, Any]:
    between = {"criteria": "between"}
    if column.logical_type in ("date", "timestamp"):
        last = datetime.combine(LATEST, datetime.max.time().replace(microsecond=0))
        return between | {"validate": "date", "minimum": EARLIEST, "maximum": last}
    if column.logical_type in ("number", "integer"):
        kind = "integer" if column.logical_type == "integer" else "decimal"
        low = -LARGEST if column.minimum is None else column.minimum
        high = LARGEST if column.maximum is None else column.maximum
        return between | {"validate": kind, "minimum": low, "maximum": high}
    if column.max_length is not None:
        return between | {"validate": "length", "minimum": 0, "maximum": column.max_length}
    return {"validate": "any"}


def _comment(item: Asked, form: Form) -> str:
    column = item.column
    must = _both(form, ("required", "必填")) if column.required else ""
    parts = [
        must,
        form.say((column.description_en, column.description_zh)),
        form.beside((column.description_en, column.description_zh)),
        _both(form, type_words(column)),
    ]
    return "\n".join(filter(None, parts))


def _comment_shape(item: Asked, form: Form) -> dict[str, Any]:
    lines = sum(1 + len(line) // 30 for line in _comment(item, form).splitlines())
    return {"width": 260, "height": 22 + 17 * lines, "author": "Daqu", "font_size": 9}


def _both(form: Form, words: Line) -> str:
    return f"{form.say(words)} | {form.beside(words)}"


def _footer(form: Form) -> str:
    return f"{form.contract.feed} {form.contract.version} · {form.sender}"


def _write_instructions(book: Book, sheet: Worksheet, form: Form) -> None:
    contract = form.contract
    title = (f"{contract.title_en}: how to fill it in", f"{contract.title_zh}：填写说明")
    book.put(sheet, 0, 0, form.say(title), look.TITLE)
    sheet.set_row(0, 24)
    book.put(sheet, 1, 0, form.beside(title), look.FAINT)
    row = 3
    for name, words in _facts(form):
        book.put(sheet, row, 0, _both(form, name) if any(name) else "", look.BOLD)
        sheet.merge_range(row, 1, row, 3, "", book.format(look.WRAPPED))
        book.put(sheet, row, 1, form.say(words), look.WRAPPED)
        sheet.merge_range(row, 4, row, 5, "", book.format(look.WRAPPED, look.FAINT))
        book.put(sheet, row, 4, form.beside(words), look.WRAPPED, look.FAINT)
        sheet.set_row(row, height_of([(form.say(words), 72), (form.beside(words), 80)]))
        row += 1
    _write_columns(book, sheet, row + 1, form)
    look.set_widths(sheet, WIDTHS)
    sheet.hide_gridlines(2)
    look.page(sheet, _footer(form))


def _write_columns(book: Book, sheet: Worksheet, row: int, form: Form) -> None:
    for place, words in enumerate(HEADS):
        book.put(sheet, row, place, form.say(words), look.HEAD)
    for number, item in enumerate(form.columns, start=row + 1):
        column = item.column
        meaning = (column.description_en, column.description_zh)
        cells = (
            item.header,
            "●" if column.required else "",
            form.say(type_words(column)),
            form.say(meaning),
            form.beside(meaning),
            _listed(item.words, form),
        )
        for place, text in enumerate(cells):
            style = look.BOLD if place == 0 else look.FAINT if place == 4 else {}
            book.put(sheet, number, place, text, look.LINE, look.WRAPPED, style)
        sheet.set_row(number, height_of(list(zip(cells, WIDTHS, strict=True))))


def _listed(words: tuple[str, ...], form: Form) -> str:
    return ("、" if form.language == "zh" else ", ").join(words)


def _facts(form: Form) -> Iterator[tuple[Line, Line]]:
    """What the report is, when it is due and how it is sent: names and sentences."""
    contract, sender = form.contract, form.sender
    unit = form.mapping.period or contract.period
    yield ("Report", "报表"), _halves(contract.purpose)
    yield ("One row", "每一行"), (contract.grain_en, contract.grain_zh)
    yield ("Sender", "报送方"), (sender, sender)
    yield ("Period", "期间"), PERIOD_NAMES[unit]
    yield ("Due", "时限"), due_words(contract.sla)
    name = file_name(form, _example(unit, form.as_of))
    yield ("File name", "文件名"), (f"for example {name}", f"例如 {name}")
    yield ("Headers", "表头"), KEEP_HEADERS
    name_again: Line = ("Sending it again", "重新报送")
    for again in again_words(contract):
        yield name_again, again
        name_again = ("", "")
    version = f"{contract.feed} {contract.version}"
    yield ("Contract and version", "合同与版本"), (version, version)


KEEP_HEADERS = (
    "Do not change or move the first row; columns without ● may stay empty. Dark headers with * "
    "are required in every row. Further columns are not read.",
    "请勿改动首行表头；无 ● 的列可留空。深色带 * 的列每行必填。另加的列不会被读取。",
)


def _halves(text: str) -> Line:
    english, _, chinese = text.partition(" | ")
    return english, chinese or english


def _example(unit: str, day: date) -> Period:
    return ALL if unit == "none" else period_of(day, unit)


def file_name(form: Form, period: Period) -> str:
    """A name the reader knows sender, feed and period by: the sender's own, else the usual one."""
    pattern = next(iter(form.mapping.match), "{sender}_{feed}_{period}")
    if period == ALL and not form.mapping.match:
        pattern = "{sender}_{feed}"
    parts = {
        "sender": form.sender,
        "feed": form.contract.feed,
        "period": period.label,
        "start": str(period.start or ""),
        "end": str(period.end or ""),
        "any": "",
    }
    for key, value in parts.items():
        pattern = pattern.replace(f"{{{key}}}", value)
    return pattern if pattern.endswith((".xlsx", ".csv")) else f"{pattern}.xlsx"
