"""The one screen: what came, what is owed, what was refused, what to do about stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.screens.figures import RECENT_DAYS, Figures, Row
from pipelines.screens.text import both, count, day, one
from pipelines.settings import Settings

REFUSED_LISTED = 10
STATUS = {
    "loaded": ("loaded", "入库"),
    "superseded": ("superseded", "已更新"),
    "duplicate": ("duplicate", "重复"),
    "refused": ("refused", "拒收"),
    "held": ("held", "暂扣"),
    "withdrawn": ("withdrawn", "撤回"),
    "missing": ("missing", "缺报"),
    "late": ("late", "迟报"),
    "partial": ("partial", "不全"),
}


def show_overview(
    out: Console, settings: Settings, figures: Figures, news: Sequence[str] = ()
) -> None:
    """Print the overview, at most one screen of 100 columns.

    Args:
        out: Where to.
        settings: The deployment.
        figures: What the published snapshot says.
        news: Lines about this run, shown under the title.
    """
    language = settings.language
    parts: list[RenderableType] = [_title(settings, figures)]
    parts += [Text.from_markup(f"  {line}") for line in news]
    parts += [_totals(language, figures)]
    parts += _refused(language, figures)
    parts += _owed(language, figures)
    parts += _reasons(language, figures)
    parts += _alerts(language, settings.currency, figures)
    parts += _checks(language, figures)
    parts.append(_where(settings, figures))
    out.print(Group(*parts))


def _title(settings: Settings, figures: Figures) -> Text:
    as_of = both(settings.language, "as of", "截至")
    return Text.from_markup(f"[bold]{escape(settings.name)}[/]   {as_of} {day(figures.as_of)}")


def _totals(language: str, figures: Figures) -> Table:
    files = sum(row["files"] for row in figures.files.values())
    kinds = [
        _files_of(language, status, figures.files[status])
        for status in sorted(figures.files, key=list(STATUS).index)
    ]
    loaded, quarantined = figures.total("rows_loaded"), figures.total("rows_quarantined")
    equation = (
        f"{count(loaded)} {both(language, 'loaded', '入库')} + "
        f"{count(quarantined)} {both(language, 'quarantined', '隔离')} + "
        f"{count(figures.total('rows_structural'))} {both(language, 'structural', '非数据行')}"
    )
    grid = Table.grid(padding=(0, 1))
    files_text = f"{count(files)} = {' + '.join(kinds)}"
    grid.add_row(_label(language, "files received", "收到"), files_text)
    read = count(figures.total("rows_read"))
    grid.add_row(_label(language, "rows read", "读取"), f"{read} = {equation}")
    return grid


def _files_of(language: str, status: str, row: Row) -> str:
    text = f"{count(row['files'])} {_status(language, status)}"
    return f"[red]{text}[/]" if status in ("refused", "held") else text


def _label(language: str, en: str, zh: str) -> str:
    return f"[bold]{both(language, en, zh)}[/]"


def _status(language: str, status: str) -> str:
    return both(language, *STATUS.get(status, (status, "")))


def _refused(language: str, figures: Figures) -> list[RenderableType]:
    found = figures.refused
    lines = [
        (
            escape(_tail(row["file_name"], 34)),
            escape(_reason_and_hint(language, row)),
        )
        for row in found[:REFUSED_LISTED]
    ]
    more = len(found) - len(lines)
    if more:
        others = both(language, "more, see quality.file_ledger", "个，见 quality.file_ledger")
        lines.append((f"… +{more} {others}", ""))
    return _list(_heading(language, "refused files", "拒收文件", len(found)), lines, (34, 62))


def _reason_and_hint(language: str, row: Row) -> str:
    reason = one(language, row["reason_en"], row["reason_zh"])
    return f"{reason} → {one(language, row['hint_en'], row['hint_zh'])}"


def _tail(name: str, width: int) -> str:
    """The end of a long name: a file's own name matters more than its folders."""
    return name if len(name) <= width else f"…{name[1 - width :]}"


def _owed(language: str, figures: Figures) -> list[RenderableType]:
    counts = " · ".join(f"{count(n)} {_status(language, s)}" for s, n in figures.reports.items())
    days = both(language, f"last {RECENT_DAYS} days", f"近 {RECENT_DAYS} 天")
    heading = _label(language, "late and missing reports", "迟报与缺报")
    lines = [
        (
            escape(f"{row['sender']} {row['feed']} {row['period']}"),
            _status(language, row["status"]),
            f"{both(language, 'due', '应于')} {day(row['due_at'])}",
        )
        for row in figures.owed
    ]
    return _list(f"{heading} ({days}): {counts or 0}", lines, (34, 18, 40))


def _reasons(language: str, figures: Figures) -> list[RenderableType]:
    rows, senders = both(language, "rows", "行"), both(language, "senders", "个发送方")
    lines = [
        (
            escape(f"{row['feed']}: {row['reason']}"),
            f"{count(row['rows'])} {rows}",
            f"{count(row['senders'])} {senders}",
        )
        for row in figures.reasons
    ]
    heading = _label(language, "top quarantine reasons", "主要隔离原因")
    none = "" if lines else f": {both(language, 'none', '无')}"
    return _list(heading + none, lines, (44, 20, 30))


def _alerts(language: str, currency: str, figures: Figures) -> list[RenderableType]:
    lines = [
        (
            escape(f"{row['alert_type']} {row['entity_code']} {row['sku_code'] or ''}"),
            f"{row['value_at_risk_amount'] or 0:,.0f} {currency}",
            escape(one(language, row["action_en"], row["action_zh"])),
        )
        for row in figures.alerts
    ]
    heading = _heading(language, "stock alerts", "库存预警", figures.alert_count)
    return _list(heading, lines, (32, 12, 50))


def _checks(language: str, figures: Figures) -> list[RenderableType]:
    passed = f"{count(figures.checks['passed'])} {both(language, 'passed', '通过')}"
    failed = f"{count(figures.checks['failed'])} {both(language, 'warned', '警告')}"
    lines = [
        (
            escape(row["rule_id"]),
            escape(one(language, row["title_en"], row["title_zh"])),
            escape(row["observed"] or ""),
        )
        for row in figures.warned
    ]
    heading = _label(language, "publish checks", "发布检查")
    return _list(f"{heading}: {passed} · {failed}", lines, (30, 44, 20))


def _where(settings: Settings, figures: Figures) -> Text:
    file = settings.published / "daqu.duckdb"
    label = _label(settings.language, "snapshot", "快照")
    return Text.from_markup(f"{label} {figures.snapshot_id}  {escape(str(file))}", overflow="fold")


def _heading(language: str, en: str, zh: str, number: int) -> str:
    return f"{_label(language, en, zh)}: {count(number)}"


def _list(
    heading: str, lines: Iterable[Sequence[str]], widths: Sequence[int]
) -> list[RenderableType]:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    for width in widths:
        grid.add_column(max_width=width, no_wrap=True, overflow="ellipsis")
    for line in lines:
        grid.add_row("", *line)
    title = Text.from_markup(heading)
    return [title, grid] if grid.row_count else [title]
