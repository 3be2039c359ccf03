"""Words that mean something in any sender's table: totals, plug lines, errors of a spreadsheet."""

from __future__ import annotations

from functools import cache

TOTALS = ("合计", "总计", "共计", "合計", "總計", "共計", "total", "grand total")
SUBTOTALS = ("小计", "小計", "subtotal")
PLUG_WORDS = (
    "调整",
    "調整",
    "其他",
    "其它",
    "杂项",
    "雜項",
    "尾差",
    "平账",
    "平賬",
    "差异",
    "差異",
    "冲账",
    "沖賬",
    "虚拟",
    "虛擬",
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


@cache
def total_kinds() -> dict[str, str]:
    """First texts of a total as `total_kind` compares them → kind of structural row."""
    kinds = {"total_row": TOTALS, "subtotal_row": SUBTOTALS}
    return {word.replace(" ", ""): kind for kind, words in kinds.items() for word in words}


def total_kind(text: str) -> str | None:
    """`total_row` or `subtotal_row` where a text is the label of one."""
    plain = text.strip().rstrip(":：").replace(" ", "").replace("\u3000", "")
    return total_kinds().get(plain.casefold())
