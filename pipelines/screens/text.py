"""Words in two languages, in the order of the deployment, and where they are printed."""

from __future__ import annotations

import sys
from datetime import date, datetime

from rich.console import Console
from rich.markup import escape

from pipelines.errors import DaquError

WIDTH = 100
"""Columns of a screen when the output is not a terminal."""


def console(stderr: bool = False) -> Console:
    """A console that is plain and 100 columns wide when nobody watches a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def both(language: str, en: str, zh: str, between: str = " ") -> str:
    """Both languages, the deployment's own first.

    Args:
        language: `zh` or `en`.
        en: English words.
        zh: Chinese words.
        between: What stands between them.
    """
    if not en or not zh:
        return en or zh
    return f"{zh}{between}{en}" if language == "zh" else f"{en}{between}{zh}"


def one(language: str, en: str | None, zh: str | None) -> str:
    """The words in that language, or in the other where it has none."""
    return (zh or en or "") if language == "zh" else (en or zh or "")


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
