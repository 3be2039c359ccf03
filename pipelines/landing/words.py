"""Words that mean something in any sender's table: totals, plug lines, errors of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pipelines.contracts import spellings

TOTALS = ("合计", "总计", "共计", "总合计", "total", "grand total")
SUBTOTALS = ("小计", "subtotal")
PLUG_WORDS = (
    "调整",
    "其他",
    "其它",
    "杂项",
    "尾差",
    "平账",
    "差异",
    "冲账",
    "虚拟",
    "adj",
    "adjust",
    "adjustment",
    "misc",
    "miscellaneous",
    "other",
    "others",
    "dummy",
    "plug",
)
NO_VALUE = "#NOVALUE!"
CELL_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
DASHES = "-–—―－−"


def every_spelling(words: Iterable[str]) -> list[str]:
    """The words in simplified and traditional characters, each once, in order."""
    return list(dict.fromkeys(form for word in words for form in spellings(word)))


@cache
def total_kinds() -> dict[str, str]:
    """First texts of a total as `total_kind` compares them → kind of structural row."""
    kinds = {"total_row": TOTALS, "subtotal_row": SUBTOTALS}
    return {
        word.replace(" ", ""): kind
        for kind, words in kinds.items()
        for word in every_spelling(words)
    }


def total_kind(text: str) -> str | None:
    """`total_row` or `subtotal_row` where a text is the label of one."""
    plain = text.strip().rstrip(":：").replace(" ", "").replace("\u3000", "")
    return total_kinds().get(plain.casefold())
