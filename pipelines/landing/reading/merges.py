"""Merged cells: what stands once for many, told each of them — within the merged range alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.contracts import Contract
from pipelines.landing.reading.headers import Header
from pipelines.landing.reading.workbooks import Sheet

if TYPE_CHECKING:
    import polars as pl


Columns = dict[int, list[str | None]]


def fill_head(sheet: Sheet) -> list[list[str | None]]:
    """The first rows of a sheet, every cell of a merged range with its text."""
    head = [list(row) for row in sheet.head]
    for top, left, bottom, right in sheet.merges:
        for row in head[top : bottom + 1]:
            row[left : right + 1] = [head[top][left]] * (right - left + 1)
    return head


def fill_merges(sheet: Sheet, header: Header, contract: Contract) -> tuple[Path, int]:
    """Write a sheet with the merged ranges of its rows filled, and say how many cells that took.

    Numbers are left alone: one amount merged over three rows is not three times that amount.
    """
    assert sheet.path
    first = header.index + 1
    merges = [merge for merge in sheet.merges if merge[2] >= first]
    if not merges:
        return sheet.path, 0
    import polars as pl

    frame = pl.read_parquet(sheet.path)
    counted = {place for place, name in header.columns.items() if _is_number(contract, name)}
    columns: Columns = {}
    filled = 0
    for top, left, bottom, right in merges:
        text = _column(frame, columns, left)[top]
        for place in sorted(set(range(left, right + 1)) - counted):
            cells = _column(frame, columns, place)
            for row in range(max(top, first), bottom + 1):
                if text is not None and cells[row] is None:
                    cells[row] = text
                    filled += 1
    whole = [pl.Series(f"c{place}", cells, pl.String) for place, cells in columns.items()]
    target = sheet.path.with_suffix(".filled.parquet")
    frame.with_columns(whole).write_parquet(target)
    return target, filled


def _is_number(contract: Contract, name: str) -> bool:
    return contract.column(name).logical_type in ("number", "integer")


def _column(frame: pl.DataFrame, columns: Columns, place: int) -> list[str | None]:
    if place not in columns:
        columns[place] = frame[f"c{place}"].to_list()
    return columns[place]
