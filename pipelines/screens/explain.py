"""Shows what became of a file and why rows of it were refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.answers.faults import Fault, file_sentence
from pipelines.screens.text import both, count, day, one

Row = Mapping[str, Any]


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


def show_remarks(out: Console, remarks: Sequence[Row], language: str) -> None:
    """Print what is said of a file as a whole."""
    for item in remarks:
        text = file_sentence(item["rule_id"], language)
        observed = f" ({item['observed']})" if item["observed"] else ""
        out.print(f"[yellow]![/] {escape(text + observed)}")


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
