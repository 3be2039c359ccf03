"""Figures as people read them, and the screen they are printed on."""

from __future__ import annotations

import sys
from datetime import date, datetime

from rich.console import Console
from rich.markup import escape

from pipelines.errors import DaquError
from pipelines.language import both, one

__all__ = ["both", "console", "count", "day", "one", "show_error"]

WIDTH = 100
"""Columns of a screen when the output is not a terminal."""


def console(stderr: bool = False) -> Console:
    """A console that is plain and 100 columns wide when nobody watches a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def count(number: int | None) -> str:
    """A whole number with thousands separators; `–` for none."""
    return "–" if number is None else f"{number:,}"


def day(value: date | datetime | None) -> str:
    """A date as 2026-11-22, a time with hours and minutes; `–` for none."""
    if value is None:
        return "–"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else f"{value:%Y-%m-%d}"


def show_error(error: DaquError, language: str) -> None:
    """Print what is wrong and what to do, in both languages, on the error output."""
    out = console(stderr=True)
    first, second = (error.message_zh, error.message_en), (error.hint_zh, error.hint_en)
    if language == "en":
        first, second = first[::-1], second[::-1]
    for position, line in enumerate(first):
        out.print(f"[bold red]{'✗' if position == 0 else ' '}[/] {escape(line)}", soft_wrap=True)
    for line in filter(None, second):
        out.print(f"  → {escape(line)}", soft_wrap=True)
