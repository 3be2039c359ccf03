"""Shows the alert board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.alerts.board import SHORT
from pipelines.screens.text import both, count, day, one

STATES = {
    "open": ("open", "待处理"),
    "ack": ("ack", "已知悉"),
    "done": ("done", "已完成"),
    "expired": ("expired", "已消失"),
    "suppressed": ("suppressed", "已屏蔽"),
}
HEADS = (
    ("key", "编号", "left", SHORT, None),
    ("state", "状态", "left", None, 24),
    ("days", "天数", "right", 4, None),
    ("at risk", "风险金额", "right", 8, None),
    ("of", "对象", "left", 5, 12),
    ("what", "问题", "left", 20, 30),
    ("to do", "处理", "left", 20, None),
)
"""Names in both languages, side, least and most columns; a state is as wide as who signed, and what
is wrong and what to do is told to its end."""
STATE = 1
TOLD = ("what", "to do")


def show_alerts(
    out: Console, alerts: Sequence[Mapping[str, Any]], language: str, currency: str, limit: int
) -> None:
    """Print alerts, a line each, with what was done about them.

    Args:
        out: Where to.
        alerts: Rows of `marts.alert`, in the order in which they are shown.
        language: `zh` or `en`.
        currency: ISO 4217 code of the amounts.
        limit: Lines shown; 0 for all.
    """
    shown = alerts[:limit] if limit else alerts
    out.print(f"[bold]{both(language, 'alerts', '预警')}[/]: {count(len(alerts))} ({currency})")
    lines = [_line(row, language) for row in shown]
    widest = max((cell_len(line[STATE]) for line in lines), default=0)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, (en, zh, side, least, most) in enumerate(HEADS):
        table.add_column(
            one(language, en, zh),
            justify="right" if side == "right" else "left",
            min_width=min(widest, most or widest) if position == STATE else least,
            max_width=most,
            no_wrap=en not in TOLD,
            overflow="fold" if en in TOLD else "ellipsis",
        )
    for line in lines:
        table.add_row(*line)
    out.print(table)
    if len(shown) < len(alerts):
        more = both(language, "more: --rows 0 gives all", "项：--rows 0 显示全部")
        out.print(f"… +{count(len(alerts) - len(shown))} {more}", style="dim")


def _line(row: Mapping[str, Any], language: str) -> tuple[str, ...]:
    amount = row["value_at_risk_amount"]
    return (
        row["alert_key"][:SHORT],
        _state(row, language),
        count(row["days_open"]),
        "–" if amount is None else f"{amount:,.0f}",
        escape(row["entity_code"]),
        escape(one(language, row["title_en"], row["title_zh"])),
        escape(one(language, row["action_en"], row["action_zh"])),
    )


def _state(row: Mapping[str, Any], language: str) -> str:
    """The state, with who acted and when where it is of somebody's doing."""
    state = one(language, *STATES[row["state"]])
    if row["state"] in ("open", "expired") or row["acted_by"] is None:
        return state
    return f"{state} {escape(row['acted_by'])} {day(row['acted_on'])}"
