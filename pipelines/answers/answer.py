"""Writes the answer to a file: its refused and doubtful rows, ready to be mailed back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from pipelines.answers import workbook as look
from pipelines.answers.faults import OF_ERROR_CELLS, Fault, file_sentence
from pipelines.answers.sent import Sent
from pipelines.answers.workbook import Book, Style, height_of, width_of, workbook
from pipelines.contracts import Contract
from pipelines.contracts.feed_pages import again_words
from pipelines.landing.reading.zipped import ANSWER_MARK
from pipelines.language import one

ROWS_LISTED = 100_000
"""Rows on one sheet; a file with more is wrong as a whole."""
LOOKED_AT = 200
REASON_WIDTH = 60
STATUSES = {
    "loaded": ("loaded", "已入库"),
    "superseded": ("loaded, and replaced by a later file since", "已入库，后被新文件取代"),
    "duplicate": ("the same as an earlier file: nothing changed", "与先前文件相同，无变化"),
    "refused": ("refused", "拒收"),
    "held": ("kept back until it is decided on", "暂缓入库，等待处理"),
    "rejected": ("kept back and rejected", "已驳回"),
    "withdrawn": ("taken back", "已撤回"),
}
NOT_THIS_FILE = (
    "Do not send this workbook: it has some of the rows only.",
    "请勿回传本工作簿：其中只有部分行。",
)
Row = Mapping[str, Any]
Line = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """All there is to say of one file.

    Attributes:
        delivery: Its row of the ledger.
        language: `zh` or `en`: the sender's.
        contract: The report it is; None when nobody can tell.
        refused: Reasons of the rows that were not loaded, in the order of the file.
        warned: Reasons of the rows that were loaded with a mark.
        remarks: What is said of the file as a whole: `rule_id, observed, expected`.
        sent: The rows of `refused` and `warned` as they were sent; None when there are none.
    """

    delivery: Row
    language: str
    contract: Contract | None = None
    refused: Sequence[Fault] = ()
    warned: Sequence[Fault] = ()
    remarks: Sequence[Row] = ()
    sent: Sent | None = None

    def say(self, words: Line) -> str:
        """English and Chinese words in the sender's language."""
        return one(self.language, *words)


@dataclass
class _Cursor:
    """Where on the first sheet the next line goes."""

    book: Book
    sheet: Worksheet
    row: int = 0

    def line(self, *cells: object, styles: Sequence[Style] = ()) -> None:
        """Write a line; the i-th style is the i-th cell's."""
        for place, cell in enumerate(cells):
            style = styles[place] if place < len(styles) else {}
            self.book.put(self.sheet, self.row, place, cell, look.WRAPPED, style)
        texts = [(cell, w) for cell, w in zip(cells, WIDTHS, strict=False) if isinstance(cell, str)]
        self.sheet.set_row(self.row, height_of(texts))
        self.row += 1

    def wide(self, text: str, *styles: Style) -> None:
        """Write a text over all columns."""
        self.sheet.merge_range(
            self.row, 0, self.row, len(WIDTHS) - 1, "", self.book.format(*styles)
        )
        self.book.put(self.sheet, self.row, 0, text, look.WRAPPED, *styles)
        self.sheet.set_row(self.row, height_of([(text, sum(WIDTHS))]))
        self.row += 1


WIDTHS = (30, 22, 22, 22, 22)


def write_answer(path: Path, answer: Answer) -> None:
    """Write the workbook: what became of the file, its refused rows, its rows with a warning.

    The custom property `daqu_answer_to` says that it is an answer: landing refuses it when it comes
    back as if it were a report, since it has some rows of the period only.
    """
    delivery = answer.delivery
    properties = {ANSWER_MARK.decode(): delivery["file_sha256"]}
    if answer.contract:
        properties |= {
            "daqu_contract": answer.contract.feed,
            "daqu_contract_version": answer.contract.version,
        }
    with workbook(path, properties) as book:
        _write_summary(book, answer)
        for words, found, mark in (
            (("Rows not loaded", "退回行"), answer.refused, look.BAD),
            (("Rows with a warning", "提示行"), answer.warned, look.DOUBTFUL),
        ):
            if found and answer.sent:
                _write_rows(book, answer, answer.say(words), found, mark)


def _write_summary(book: Book, answer: Answer) -> None:
    sheet = book.sheet(answer.say(("Answer", "回执")))
    look.set_widths(sheet, WIDTHS)
    sheet.hide_gridlines(2)
    cursor = _Cursor(book, sheet)
    contract = answer.contract
    about = (contract.title_en, contract.title_zh) if contract else ("your file", "您的文件")
    title = (f"Answer: {about[0]}", f"回执：{about[1]}")
    cursor.line(answer.say(title), styles=[look.TITLE])
    sheet.set_row(0, 24)
    for words, value in _facts(answer):
        cursor.line(answer.say(words), styles=[look.BOLD])
        cursor.row -= 1
        sheet.merge_range(cursor.row, 1, cursor.row, 4, "", book.format(look.WRAPPED))
        book.put(sheet, cursor.row, 1, value, look.WRAPPED)
        cursor.row += 1
    _write_verdict(cursor, answer)
    _write_to_do(cursor, answer)
    _write_counts(cursor, answer)
    _write_totals(cursor, answer)
    _write_reasons(cursor, answer)
    _write_remarks(cursor, answer)
    look.page(sheet, f"{answer.delivery['file_name']} · {answer.delivery['file_sha256'][:12]}")


def _heading(cursor: _Cursor, answer: Answer, words: Line) -> None:
    cursor.row += 1
    cursor.wide(answer.say(words), look.HEAD)


def _facts(answer: Answer) -> Iterator[tuple[Line, object]]:
    delivery = answer.delivery
    yield ("File", "文件"), Path(delivery["file_name"]).name
    yield ("Sender", "报送方"), delivery["sender"] or "?"
    yield ("Period", "期间"), delivery["period"] or "?"
    yield ("Received", "收到时间"), f"{delivery['received_at']:%Y-%m-%d %H:%M}"
    status = delivery["status"]
    yield ("Outcome", "处理结果"), answer.say(STATUSES.get(status, (status, status)))


def _write_verdict(cursor: _Cursor, answer: Answer) -> None:
    """Why the whole file is refused or kept back; else whether any row was."""
    delivery = answer.delivery
    reason = answer.say((delivery["reason_en"] or "", delivery["reason_zh"] or ""))
    cursor.row += 1
    if reason:
        cursor.wide(reason, look.BAD, look.BOLD)
        cursor.wide(f"→ {answer.say((delivery['hint_en'] or '', delivery['hint_zh'] or ''))}")
    elif answer.refused:
        words = (
            "The rows on the next sheet were not loaded; the cells concerned are red.",
            "下一工作表中的行未入库，有问题的单元格标为红色。",
        )
        cursor.wide(answer.say(words), look.BAD)
    elif delivery["rows_read"] is not None:
        cursor.wide(answer.say(("Every row was loaded.", "所有数据行均已入库。")))


def _write_to_do(cursor: _Cursor, answer: Answer) -> None:
    is_kept_out = answer.delivery["status"] in ("refused", "held")
    if answer.contract and (answer.refused or is_kept_out):
        _heading(cursor, answer, ("Sending it again", "重新报送"))
        for words in (*again_words(answer.contract), NOT_THIS_FILE):
            cursor.wide(f"• {answer.say(words)}")


def _write_counts(cursor: _Cursor, answer: Answer) -> None:
    delivery = answer.delivery
    if delivery["rows_read"] is None:
        return
    _heading(cursor, answer, ("Rows", "行数"))
    heads = (
        ("in the file", "文件行数"),
        ("= loaded", "= 入库"),
        ("+ not loaded", "+ 退回"),
        ("+ title, header, blank, total", "+ 标题、表头、空行、合计"),
        ("of the loaded: with a warning", "入库行中带提示"),
    )
    names = ("rows_read", "rows_loaded", "rows_quarantined", "rows_structural", "rows_warned")
    cursor.line(*map(answer.say, heads), styles=[look.FAINT | look.RIGHT] * 5)
    cursor.line(*(delivery[name] for name in names), styles=[look.COUNT] * 5)


def _write_totals(cursor: _Cursor, answer: Answer) -> None:
    """Quantity and amount against the total line of the file, where the file has one."""
    delivery = answer.delivery
    lines = []
    for words, name in ((("Quantity", "数量"), "quantity"), (("Amount", "金额"), "amount")):
        loaded, refused = delivery[f"{name}_loaded"], delivery[f"{name}_quarantined"]
        if loaded is not None:
            lines.append((words, loaded, refused, delivery[f"control_{name}"]))
    if not lines:
        return
    _heading(cursor, answer, ("Totals", "合计"))
    heads = (
        ("", ""),
        ("loaded", "入库"),
        ("not loaded, as far as readable", "退回（可识别部分）"),
        ("total line of the file", "文件合计行"),
        ("difference", "差额"),
    )
    cursor.line(*map(answer.say, heads), styles=[look.FAINT | look.RIGHT] * 5)
    for words, loaded, refused, stated in lines:
        differs = None if stated is None else stated - loaded - (refused or 0)
        number: Style = {"num_format": "#,##0.00"}
        mark = number | look.BAD if differs else number
        styles = [look.BOLD, number, number, number, mark]
        cursor.line(answer.say(words), loaded, refused, stated, differs, styles=styles)


def _write_reasons(cursor: _Cursor, answer: Answer) -> None:
    for words, found in (
        (("Why rows were not loaded", "退回原因"), answer.refused),
        (("Warnings", "提示"), answer.warned),
    ):
        if not found:
            continue
        _heading(cursor, answer, words)
        rows = answer.say(("rows", "行"))
        for text, number in Counter(fault.text for fault in found).most_common():
            cursor.wide(f"{number:,} {rows} · {text}")


def _write_remarks(cursor: _Cursor, answer: Answer) -> None:
    if not answer.remarks:
        return
    _heading(cursor, answer, ("About the file as a whole", "对整份文件的说明"))
    for item in answer.remarks:
        text = file_sentence(item["rule_id"], answer.language)
        parts = [f"• {text}"]
        if item["observed"]:
            parts.append(f"{answer.say(('found', '实际'))}: {item['observed']}")
        if item["expected"]:
            parts.append(f"{answer.say(('expected', '应为'))}: {item['expected']}")
        cursor.wide(" · ".join(parts))


def _write_rows(book: Book, answer: Answer, name: str, found: Sequence[Fault], mark: Style) -> None:
    """One line per row: its number, what to do, and its cells, those concerned coloured."""
    assert answer.sent
    sent = answer.sent
    sheet = book.sheet(name)
    sheets = sorted({fault.sheet for fault in found if fault.sheet})
    heads = [("Row", "行号"), ("What to do", "原因与处理")]
    heads[1:1] = [("Sheet", "工作表")] if sheets else []
    for place, words in enumerate(heads):
        book.put(sheet, 0, place, answer.say(words), look.MUST)
    for place, header in enumerate(sent.headers, start=len(heads)):
        book.put(sheet, 0, place, header, look.HEAD)
    numeric = _numeric(answer)
    rows = [list(group) for _, group in groupby(found, key=lambda f: (f.sheet, f.row_no))]
    for number, row in enumerate(rows[:ROWS_LISTED], start=1):
        lead = [row[0].row_no, row[0].sheet, _text(row)] if sheets else [row[0].row_no, _text(row)]
        for place, value in enumerate(lead):
            book.put(sheet, number, place, value, look.LINE, look.WRAPPED)
        _write_cells(book, sheet, number, len(lead), row, sent, numeric, mark)
        sheet.set_row(number, height_of([(_text(row), REASON_WIDTH)]))
    if len(rows) > ROWS_LISTED:
        more = len(rows) - ROWS_LISTED
        text = answer.say((f"… and {more:,} more rows", f"…另有 {more:,} 行"))
        book.put(sheet, ROWS_LISTED + 1, 0, text)
    _lay_out(sheet, sent, len(heads), min(len(rows), ROWS_LISTED))
    look.page(sheet, answer.delivery["file_name"])


def _write_cells(
    book: Book,
    sheet: Worksheet,
    number: int,
    start: int,
    row: Sequence[Fault],
    sent: Sent,
    numeric: frozenset[int],
    mark: Style,
) -> None:
    concerned = {name for fault in row for name in fault.columns}
    shows_errors = any(fault.reason in OF_ERROR_CELLS for fault in row)
    for place, cell in enumerate(sent.rows.get(row[0].row_no, ())):
        is_error = shows_errors and (cell or "").startswith("#")
        style = mark if is_error or sent.columns.get(place) in concerned else {}
        value = _number(cell) if place in numeric else cell
        book.put(sheet, number, start + place, value, look.LINE, _shape(value), style)


def _shape(value: object) -> Style:
    return look.TEXT if isinstance(value, str) else {}


def _text(row: Sequence[Fault]) -> str:
    texts = list(dict.fromkeys(fault.text for fault in row))
    if len(texts) == 1:
        return texts[0]
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))


def _numeric(answer: Answer) -> frozenset[int]:
    assert answer.contract and answer.sent
    kinds = {column.name: column.logical_type for column in answer.contract.columns}
    return frozenset(
        place for place, name in answer.sent.columns.items() if kinds[name] in ("number", "integer")
    )


def _number(cell: str | None) -> object:
    """A cell as a number where it plainly is one, else as it was sent."""
    if cell is None or not cell.strip().isascii():
        return cell
    try:
        return Decimal(cell) if cell.strip().lstrip("-").replace(".", "", 1).isdigit() else cell
    except InvalidOperation:
        return cell


def _lay_out(sheet: Worksheet, sent: Sent, lead: int, rows: int) -> None:
    widths = [8, *[14] * (lead - 2), REASON_WIDTH]
    for place, header in enumerate(sent.headers):
        texts = (str(cells[place] or "") for cells in islice(sent.rows.values(), LOOKED_AT))
        widths.append(width_of([header, *texts]))
    look.set_widths(sheet, widths)
    sheet.freeze_panes(1, lead)
    sheet.autofilter(0, 0, max(rows, 1), len(widths) - 1)
