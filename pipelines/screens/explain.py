"""Why rows of a file were refused, in the words and the language of its sender."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.contracts import Column, Contract, accepted_headers, header_key, reasons_of
from pipelines.landing.mapping import FeedMapping
from pipelines.screens.text import both, count, day, one

Row = Mapping[str, Any]
CODE_OF_REASON = {"unmapped_sku": "sku", "unmapped_outlet": "outlet", "unmapped_uom": "uom"}
DATE_REASONS = ("out_of_period", "future_date")


@dataclass(frozen=True)
class Fault:
    """One reason of one row.

    Attributes:
        sheet: Sheet of the workbook; None for CSV.
        row_no: Row of the file.
        reason: Stable id.
        cells: What the file says in the columns concerned, `header: value`.
        text: What is wrong and what to do.
    """

    sheet: str | None
    row_no: int
    reason: str
    cells: str
    text: str


def faults(
    rows: Iterable[Row], contract: Contract, mapping: FeedMapping, language: str
) -> list[Fault]:
    """The reasons of quarantined rows, one by one, in the order of the file.

    Args:
        rows: Quarantined rows with `sheet, row_no, reasons, raw_masked`.
        contract: The feed they are of.
        mapping: How their sender writes it.
        language: `zh` or `en`.
    """
    texts = {r.reason_id: one(language, r.message_en, r.message_zh) for r in reasons_of(contract)}
    return [
        Fault(
            sheet=row["sheet"],
            row_no=row["row_no"],
            reason=reason,
            cells=_cells(row["raw_masked"], concerned(reason, contract), mapping),
            text=texts.get(reason, reason),
        )
        for row in rows
        for reason in row["reasons"] or ("?",)
    ]


def concerned(reason: str, contract: Contract) -> Sequence[Column]:
    """Columns a reason is about; none for the contract's own rules."""
    if reason in CODE_OF_REASON:
        return [c for c in contract.columns if c.code_of == CODE_OF_REASON[reason]]
    if reason in DATE_REASONS:
        return [c for c in contract.columns if c.name == contract.business_date]
    if reason == "duplicate_key":
        return contract.key
    own = [c for c in contract.columns if reason.startswith(f"{c.name}_")]
    return sorted(own, key=lambda c: len(c.name))[-1:]


def _cells(raw: str | None, columns: Iterable[Column], mapping: FeedMapping) -> str:
    """What the sender wrote there, under the sender's own headers."""
    written: dict[str, str] = json.loads(raw) if raw else {}
    wanted = {
        header_key(header)
        for column in columns
        for header in (*mapping.columns.get(column.name, ()), *accepted_headers(column))
    }
    found = {k: v for k, v in written.items() if header_key(k) in wanted}
    return " · ".join(f"{header}: {value or '∅'}" for header, value in found.items())


def show_delivery(out: Console, delivery: Row, language: str) -> None:
    """Print what became of a file: who sent it, when, and how its rows were counted."""
    out.print(f"[bold]{escape(delivery['file_name'])}[/]  sha256 {delivery['file_sha256'][:12]}")
    what = (delivery["sender"], delivery["feed"], delivery["period"])
    received = both(language, "received", "收到于")
    out.print(
        f"{escape(' · '.join(part or '?' for part in what))} · {received} "
        f"{day(delivery['received_at'])} · {delivery['status']}"
    )
    if delivery["reason_en"]:
        out.print(escape(one(language, delivery["reason_en"], delivery["reason_zh"])))
        out.print(f"→ {escape(one(language, delivery['hint_en'], delivery['hint_zh']))}")
    if delivery["rows_read"] is not None:
        out.print(_row_counts(delivery, language))


def _row_counts(delivery: Row, language: str) -> str:
    return (
        f"{count(delivery['rows_read'])} {both(language, 'rows read', '行')} = "
        f"{count(delivery['rows_loaded'])} {both(language, 'loaded', '入库')} + "
        f"{count(delivery['rows_quarantined'])} {both(language, 'quarantined', '隔离')} + "
        f"{count(delivery['rows_structural'])} {both(language, 'structural', '非数据行')}"
    )


def show_faults(out: Console, found: Sequence[Fault], language: str, limit: int) -> None:
    """Print the refused rows and how often each reason occurs.

    Args:
        out: Where to.
        found: The reasons, row by row.
        language: `zh` or `en`.
        limit: Lines of the table; 0 for all.
    """
    if not found:
        return
    shown = found[:limit] if limit else found
    table = Table(box=None, pad_edge=False, header_style="bold")
    has_sheets = any(fault.sheet for fault in shown)
    for en, zh in (("row", "行号"), ("in the file", "文件内容"), ("what to do", "原因与处理")):
        table.add_column(one(language, en, zh), overflow="fold")
    for fault in shown:
        place = f"{fault.sheet}!{fault.row_no}" if has_sheets else str(fault.row_no)
        table.add_row(escape(place), escape(fault.cells), escape(fault.text))
    out.print(table)
    if len(shown) < len(found):
        more = len(found) - len(shown)
        out.print(
            one(
                language,
                f"… and {more} more: --rows 0 lists all",
                f"…另有 {more} 条：--rows 0 列出全部",
            )
        )
    _show_totals(out, found, language)


def _show_totals(out: Console, found: Sequence[Fault], language: str) -> None:
    out.print(f"[bold]{one(language, 'Total by reason', '按原因合计')}[/]")
    totals = Table(box=None, pad_edge=False, show_header=False)
    for reason, number in Counter(fault.reason for fault in found).most_common():
        totals.add_row(count(number), escape(reason))
    out.print(totals)
