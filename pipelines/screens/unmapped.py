"""Shows codes nobody has mapped yet, and what they may mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.answers.candidates import Candidate
from pipelines.answers.unmapped import Unmapped
from pipelines.screens.text import both, count, day, one

HEADS = (
    ("sender", "报送方", "left"),
    ("their code", "对方编码", "left"),
    ("amount", "金额", "right"),
    ("rows", "行数", "right"),
    ("seen", "日期", "left"),
    ("closest of ours (0–100)", "最接近的编码（0–100）", "left"),
)
KINDS = {
    "sku": ("products", "商品"),
    "outlet": ("outlets", "门店"),
    "uom": ("units", "单位"),
}


def show_unmapped(
    out: Console,
    items: Sequence[Unmapped],
    found: Mapping[Unmapped, Sequence[Candidate]],
    language: str,
    limit: int,
) -> None:
    """Print the codes with the most money first.

    Args:
        out: Where to.
        items: Codes, in order.
        found: What each may mean.
        language: `zh` or `en`.
        limit: Lines of the table; 0 for all.
    """
    shown = items[:limit] if limit else items
    numbers = [(kind, sum(item.kind == kind for item in items)) for kind in KINDS]
    totals = " · ".join(f"{count(n)} {both(language, *KINDS[k])}" for k, n in numbers if n)
    heading = both(language, "not mapped yet", "未对照")
    out.print(f"[bold]{heading}[/]: {totals or both(language, 'nothing', '无')}")
    if not shown:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for en, zh, side in HEADS:
        justify = "right" if side == "right" else "left"
        table.add_column(one(language, en, zh), justify=justify, overflow="fold")
    for item in shown:
        table.add_row(*map(escape, _line(item, found.get(item, ()))))
    out.print(table)
    if len(shown) < len(items):
        more = count(len(items) - len(shown))
        en, zh = f"… and {more} more: --rows 0 lists all", f"…另有 {more} 条：--rows 0 列出全部"
        out.print(one(language, en, zh))


def _line(item: Unmapped, offered: Sequence[Candidate]) -> tuple[str, ...]:
    code = " ".join(filter(None, (item.code, item.sku_code, item.name)))
    amount = "–" if item.amount is None else f"{item.amount:,.2f}"
    seen = day(item.first) if item.first == item.last else f"{day(item.first)}…{day(item.last)}"
    best = " ".join(f"{offered[0].code} {offered[0].name}".split()) if offered else "–"
    score = f" ({offered[0].score:g})" if offered else ""
    return item.sender, code, amount, count(item.rows), seen, best + score
