"""Prints what a query found: a table for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.answers.neutral import neutral
from pipelines.screens.text import count

SHOWN = 200
"""Rows of a table on the screen; --csv and --json give all."""


def show_table(out: Console, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table, numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, name in enumerate(names):
        values = [row[position] for row in rows if row[position] is not None]
        is_number = bool(values) and all(_is_number(value) for value in values)
        table.add_column(escape(name), justify="right" if is_number else "left", overflow="fold")
    for row in rows[:SHOWN]:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    out.print(table)
    if len(rows) > SHOWN:
        out.print(f"… {count(len(rows) - SHOWN)} more rows: --csv or --json gives all", style="dim")


def write_csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write CSV to the output; a text a spreadsheet would take for a formula is quoted off."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([neutral(name) for name in names])
    writer.writerows([neutral(value) for value in row] for row in rows)


def write_json(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a JSON array with one object a row."""
    records = [dict(zip(names, row, strict=True)) for row in rows]
    json.dump(records, sys.stdout, ensure_ascii=False, default=str, indent=1)
    sys.stdout.write("\n")


def _is_number(value: object) -> bool:
    return not isinstance(value, (str, bool)) and hasattr(value, "__abs__")
