"""What a rebuild, a backup and its verification found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.rescue.backup import BackedUp
from pipelines.rescue.compare import Compared
from pipelines.rescue.rebuild import Rebuilt
from pipelines.screens.text import both, count

FAULTS_SHOWN = 20
OK, BAD = "[green]✓[/]", "[red]✗[/]"


def show_rebuilt(out: Console, language: str, result: Rebuilt) -> None:
    """Print the tables of both warehouses, and which of them is the live one now."""
    shown = [t for t in result.tables if any(t.rows) or not t.is_equal]
    if shown:
        out.print(_table(language, shown))
    for en, zh in _conclusions(result):
        out.print(both(language, en, zh), soft_wrap=True)


def _table(language: str, tables: Sequence[Compared]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column(both(language, "table", "表"))
    for en, zh in (
        ("live", "现有"),
        ("made again", "重建"),
        ("only live", "仅现有"),
        ("only made again", "仅重建"),
    ):
        table.add_column(both(language, en, zh, "\n"), justify="right")
    for row in tables:
        only = [count(number) if number else "" for number in row.only]
        mark = OK if row.is_equal else BAD
        table.add_row(mark, row.table, *(count(number) for number in row.rows), *only)
    return table


def _conclusions(result: Rebuilt) -> list[tuple[str, str]]:
    lines = []
    if result.lost:
        lines.append((str(result.lost), result.lost.message_zh))
        lines.append((result.lost.hint_en, result.lost.hint_zh))
    if result.unreadable:
        said = result.unreadable
        lines.append((f"the live one cannot be read: {said}", f"现有仓库无法读取：{said}"))
    if result.tables:
        equal, different = len(result.tables) - len(result.different), len(result.different)
        lines.append(
            (
                f"{equal} tables equal, {different} different",
                f"{equal} 张表一致，{different} 张不同",
            )
        )
    lines.append(_outcome(result))
    return lines


def _outcome(result: Rebuilt) -> tuple[str, str]:
    if result.is_replaced and result.has_marts:
        return "the warehouse made again is the live one now", "已启用重建的仓库"
    if result.is_replaced:
        return (
            "the warehouse made again is the live one now; `daqu run` builds its tables",
            "已启用重建的仓库；`daqu run` 会构建其数据表",
        )
    if result.is_sound:
        return "the live one is what the files say and stays", "现有仓库与原始文件一致，予以保留"
    return (
        "the live one stays: `daqu run` lands what waits; `--replace` takes the one made again",
        "保留现有仓库：`daqu run` 处理待入库文件；`--replace` 启用重建的仓库",
    )


def show_backed_up(out: Console, language: str, folder: Path, done: BackedUp) -> None:
    """Print how much a backup holds and what of it is new."""
    size = f"{done.bytes / 2**20:,.1f} MiB"
    new, gone = count(done.copied), count(done.removed)
    en = f"{count(done.files)} files, {size}; {new} new, {gone} removed"
    zh = f"{count(done.files)} 个文件，{size}；新增 {new}，移除 {gone}"
    out.print(f"{OK} {escape(str(folder))}: {both(language, en, zh, '; ')}", soft_wrap=True)


def show_verified(out: Console, language: str, folder: Path, faults: Sequence[str]) -> None:
    """Print what is wrong with a backup."""
    for fault in faults[:FAULTS_SHOWN]:
        out.print(f"{BAD} {escape(fault)}", soft_wrap=True)
    en, zh = f"{count(len(faults))} faults", f"{count(len(faults))} 处问题"
    hint = ("back up into a new folder", "请备份到新目录") if faults else ("it is whole", "完整")
    mark = BAD if faults else OK
    words = f"{both(language, en, zh)}; {both(language, *hint)}"
    out.print(f"{mark} {escape(str(folder))}: {words}", soft_wrap=True)
