"""Writes the reference page of each feed: what a sender and an analyst must know about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipelines.contracts.file_reasons import FILE_REASONS, FileReason
from pipelines.contracts.headers import accepted_headers
from pipelines.contracts.model import Column, Contract, Sla
from pipelines.contracts.reasons import Reason, reasons_of
from pipelines.contracts.tables import landed_columns

PERIOD_NAMES = {
    "day": ("a day", "一天"),
    "week": ("a week, Monday to Sunday", "一周（周一至周日）"),
    "month": ("a calendar month", "一个自然月"),
    "none": ("none: each file is the whole list", "无：每个文件都是完整清单"),
}
SLA_SPANS = {"d": ("day", "当日"), "w": ("week", "当周"), "m": ("month", "当月")}
TYPE_NAMES = {
    "string": ("text", "文本"),
    "integer": ("whole number", "整数"),
    "number": ("number", "数字"),
    "date": ("date", "日期"),
    "timestamp": ("date and time", "日期时间"),
    "boolean": ("yes or no", "是/否"),
}
FORMAT_NAMES = {"yyyy-MM": ("month", "月份"), "period": ("period", "期间")}
REPLACES = {
    "period": (
        "Send the whole file again, not only the changed rows: it replaces all rows of its period.",
        "请重新报送整个文件，而非仅改动的行：新文件取代该期间的全部行。",
    ),
    "dates_in_file": (
        "Send all rows of the days that changed: the file replaces the days it has, no others.",
        "请报送有改动日期的全部行：新文件只取代其中出现的日期。",
    ),
    "nothing": (
        "A further file is added to those before; it replaces nothing.",
        "新文件追加在已有文件之后，不取代任何行。",
    ),
}
ROSTER_OWES_IT = ("the senders in the feed `roster`", "名册（`roster`）所列发送方")
NOBODY_OWES_IT = (
    "nobody by a date; the role below sends it when it changes",
    "无固定时限；由下列负责角色在变动时报送",
)
WHOLE_LIST = (
    "Send the whole list again, not only the changed rows: it replaces the list before.",
    "请重新报送完整清单，而非仅改动的行：新清单取代旧清单。",
)
ALWAYS = (
    (
        "The file received last counts. The earlier ones are kept and can be looked up.",
        "以最后收到的文件为准；先前的文件予以保留，可供查询。",
    ),
    ("The same file sent twice changes nothing.", "重复报送同一文件不会产生任何变化。"),
    (
        "Rows that were held back: correct them in your file and send the whole file again. "
        "Rows with an unmapped code need no new file: they load once the code is mapped.",
        "被隔离的行：请在原文件中更正后整份重报。编码未对照的行无需重报，补充对照后自动入库。",
    ),
)


def feed_pages(contracts: Mapping[str, Contract], mark: str) -> dict[str, str]:
    """One `<feed>.md` per feed and `index.md`, which also tells why a file is refused.

    Args:
        contracts: Contracts by feed.
        mark: Sentence of the first line.
    """
    pages = {f"{feed}.md": _page(_feed(contract), mark) for feed, contract in contracts.items()}
    return {**pages, "index.md": _page(_index(contracts), mark)}


def _page(blocks: Iterable[str], mark: str) -> str:
    return "\n\n".join([f"<!-- {mark} -->", *blocks]) + "\n"


def _feed(contract: Contract) -> Iterator[str]:
    yield f"# {contract.title_en} | {contract.title_zh}"
    yield contract.purpose
    yield _table(("", "English", "中文"), _facts(contract))
    yield "## Columns | 列"
    yield (
        "A header is recognised whatever its case, width, blanks and punctuation. "
        "Columns marked ● must be filled in every row. | "
        "表头不区分大小写、全半角、空格与标点。标 ● 的列每行必填。"
    )
    headings = ("Column 列", "Label 名称", "Type 类型", "●", "Headers 表头", "Meaning 含义")
    yield _table(headings, map(_column_row, contract.columns))
    yield from _values(contract)
    yield "## Checks | 检查"
    yield (
        "An error holds the row back until it is corrected; a warning loads it and says so. | "
        "“error”隔离该行，待更正；“warning”照常入库并提示。"
    )
    yield _table(("Reason 原因", "Severity 级别", "What to do", "如何处理"), _checks(contract))
    yield "## Sending it again | 重新报送"
    yield "\n".join(f"- {en} | {zh}" for en, zh in again_words(contract))
    yield "## In the warehouse | 仓库中的表"
    yield (
        f"`landing.{contract.feed}` has the rows in force, `landing.{contract.feed}_history` "
        f"those replaced. | `landing.{contract.feed}` 为有效行，"
        f"`landing.{contract.feed}_history` 为已被取代的行。"
    )
    columns = ((f"`{c.name}`", f"`{c.duckdb_type}`", c.comment) for c in landed_columns(contract))
    yield _table(("Column 列", "Type 类型", "Meaning 含义"), columns)


def _facts(contract: Contract) -> Iterator[tuple[str, str, str]]:
    period_en, period_zh = PERIOD_NAMES[contract.period]
    due_en, due_zh = due_words(contract.sla)
    key = [f"`{column.name}`" for column in contract.key]
    key_zh = "、".join(column.label_zh for column in contract.key)
    file = f"quality/contracts/{contract.source_file}"
    yield "Feed 报表", f"`{contract.feed}` ({contract.feed_code})", contract.title_zh
    yield "Grain 粒度", contract.grain_en, contract.grain_zh
    yield "Period 期间", period_en, period_zh
    yield "Due 时限", due_en, due_zh
    yield "Owed by 报送方", *(NOBODY_OWES_IT if contract.sla is None else ROSTER_OWES_IT)
    yield "Answers for it 负责角色", f"`{contract.owner_role}`", f"`{contract.owner_role}`"
    yield "Key 主键", ", ".join(key), key_zh
    yield "Contract 合同", f"[{file}](../../../{file}), version {contract.version}", "同左"


def due_words(sla: Sla | None) -> tuple[str, str]:
    """When a feed is due, in English and in Chinese."""
    if sla is None:
        return "on change", "有变动时"
    days, (span_en, span_zh) = abs(sla.latency_days), SLA_SPANS[sla.unit]
    unit = "day" if days == 1 else "days"
    side_en, side_zh = ("before", "前") if sla.latency_days < 0 else ("after", "后")
    time = f"{sla.time_of_day:%H:%M}"
    roll_en, roll_zh = "", ""
    if sla.roll == "next_workday":
        roll_en, roll_zh = "; a day off moves it to the next workday", "；遇休息日顺延至下一工作日"
    return (
        f"{days} {unit} {side_en} the end of the {span_en}, {time}; "
        f"late after {sla.grace_hours} more hours{roll_en}",
        f"{span_zh}结束{side_zh} {days} 天 {time}；宽限 {sla.grace_hours} 小时{roll_zh}",
    )


def _column_row(column: Column) -> tuple[str, ...]:
    type_en, type_zh = FORMAT_NAMES.get(column.format or "", TYPE_NAMES[column.logical_type])
    return (
        f"`{column.name}`",
        column.label_zh,
        f"{type_en} {type_zh}",
        "●" if column.required else "",
        "、".join(accepted_headers(column)),
        f"{column.description_en}<br>{column.description_zh}",
    )


def _values(contract: Contract) -> Iterator[str]:
    """Tables of the columns that hold agreed words only."""
    with_values = [column for column in contract.columns if column.allowed]
    if with_values:
        yield "## Agreed words | 约定取值"
        yield "Either word is understood. | 两种写法均可识别。"
        if any(column.open_list for column in with_values):
            yield (
                "Where the list is open (…), any other word is kept as sent, with a warning. | "
                "开放清单（…）之外的取值按原文入库，并给出提示。"
            )
        rows = (
            (f"`{column.name}` {column.label_zh}{_open(column)}", f"`{value}`", label)
            for column in with_values
            for value, label in column.allowed
        )
        yield _table(("Column 列", "Value 值", "Label 名称"), rows)


def _open(column: Column) -> str:
    return " …" if column.open_list else ""


def _checks(contract: Contract) -> Iterator[tuple[str, ...]]:
    return map(_check_row, reasons_of(contract))


def _check_row(reason: Reason) -> tuple[str, ...]:
    return (f"`{reason.reason_id}`", reason.severity, reason.message_en, reason.message_zh)


def again_words(contract: Contract) -> tuple[tuple[str, str], ...]:
    """What sending it again does, as sentences in English and in Chinese."""
    first = WHOLE_LIST if contract.period == "none" else REPLACES[contract.replaces]
    return (first, *ALWAYS)


def _index(contracts: Mapping[str, Contract]) -> Iterator[str]:
    yield "# Feeds | 报表"
    yield "The reports agreed with senders, one page each. | 与发送方约定的报表，每种一页。"
    in_order = sorted(contracts.values(), key=lambda c: (c.feed_code, c.feed))
    headings = ("Code 编号", "Feed 报表", "Title 名称", "Due", "时限")
    yield _table(headings, map(_index_row, in_order))
    yield "## Why a whole file is refused | 整份文件被拒收的原因"
    yield (
        "The file is kept; nothing of it is loaded. What is in braces is told with the reason, "
        "after a colon. | 文件予以保留，但不入库。花括号处的内容随原因给出，以冒号分隔。"
    )
    headings = ("Reason 原因", "What is wrong, what to do", "问题与处理")
    yield _table(headings, map(_file_reason_row, FILE_REASONS.values()))


def _index_row(contract: Contract) -> tuple[str, ...]:
    return (
        contract.feed_code,
        f"[`{contract.feed}`]({contract.feed}.md)",
        f"{contract.title_en} {contract.title_zh}",
        *due_words(contract.sla),
    )


def _file_reason_row(reason: FileReason) -> tuple[str, ...]:
    return (
        f"`{reason.reason_id}`",
        f"{reason.message_en} {reason.hint_en}",
        f"{reason.message_zh}{reason.hint_zh}",
    )


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    """Text as it must be written inside a table; `<br>` stays a line break."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("&lt;br>", "<br>")
