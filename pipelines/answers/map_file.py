"""Writes the map of a sender's codes to be filled in: what is unmapped, and what is mapped now."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.answers.candidates import Candidate
from pipelines.answers.neutral import neutral
from pipelines.answers.template import Form, write_template
from pipelines.answers.unmapped import Unmapped
from pipelines.contracts import NOTE, Contract
from pipelines.landing.identify import SELF
from pipelines.language import one

NOTES = {
    "name": ("their name", "对方名称"),
    "amount": ("amount waiting", "待入库金额"),
    "rows": ("rows", "行数"),
    "files": ("files", "文件数"),
    "first": ("first seen", "最早日期"),
    "last": ("last seen", "最晚日期"),
    "candidate": ("closest of ours", "最接近的编码"),
    "candidate_name": ("its name", "其名称"),
    "score": ("likeness 0–100", "相似度 0–100"),
    "others": ("others", "其他候选"),
}
Line = dict[str, Any]


def lines_to_fill(
    items: Sequence[Unmapped], found: Mapping[Unmapped, Sequence[Candidate]], language: str
) -> list[Line]:
    """A line for each unmapped code, its own code left empty: nobody guesses for a person.

    Args:
        items: Unmapped codes of one kind, in order.
        found: What each may mean.
        language: Of the notes' headers.

    Returns:
        Values by column of the map, and by header of a note.
    """
    return [_line(item, found.get(item, ()), language) for item in items]


def note_headers(language: str) -> list[str]:
    """Headers of the columns that are for people only."""
    return [NOTE + one(language, *words) for words in NOTES.values()]


def _line(item: Unmapped, offered: Sequence[Candidate], language: str) -> Line:
    code = "their_uom" if item.kind == "uom" else "their_code"
    key: Line = {"distributor_code": item.sender, code: item.code}
    if item.kind == "uom":
        key["sku_code"] = item.sku_code
    best = offered[0] if offered else None
    notes = {
        "name": item.name,
        "amount": item.amount,
        "rows": item.rows,
        "files": item.files,
        "first": item.first,
        "last": item.last,
        "candidate": best.code if best else None,
        "candidate_name": best.name if best else None,
        "score": best.score if best else None,
        "others": "; ".join(f"{c.code} {c.name} ({c.score:g})" for c in offered[1:]) or None,
    }
    return key | {NOTE + one(language, *NOTES[name]): value for name, value in notes.items()}


def lines_in_force(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[Line]:
    """The lines of the map this deployment keeps itself, where a new file replaces all of them."""
    if contract.replaces != "period":
        return []
    names = [column.name for column in contract.columns]
    rows = con.execute(
        f"select {', '.join(names)} from landing.{contract.feed} where _sender = $sender "
        "order by _delivery_id, _row_no",
        {"sender": SELF},
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def write_map(path: Path, form: Form) -> None:
    """Write the map as a workbook, or as CSV where the name ends so.

    In a workbook codes keep their leading zeros whatever a spreadsheet does to it; a CSV opened and
    saved in one loses them.
    """
    if path.suffix.lower() == ".csv":
        _write_csv(path, form)
    else:
        write_template(path, form)


def _write_csv(path: Path, form: Form) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # the mark of UTF-8 lets Excel read the Chinese
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle).writerows([neutral(cell) for cell in line] for line in _cells(form))


def _cells(form: Form) -> Iterator[list[Any]]:
    names = [item.column.name for item in form.columns]
    yield [*(item.header for item in form.columns), *form.notes]
    for row in form.rows:
        yield [row.get(name) for name in (*names, *form.notes)]
