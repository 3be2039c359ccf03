"""Why a row is held back or marked, why a file is refused: words a clerk can act on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipelines.contracts.model import Column, Contract, Severity


@dataclass(frozen=True)
class Reason:
    """Why a row is quarantined (`error`) or loaded with a mark (`warning`).

    Attributes:
        reason_id: Stable name, in `landing.quarantined_row.reasons` or `_warnings`.
        severity: `error` or `warning`.
        message_en: What is wrong and what to do, in English.
        message_zh: The same in Chinese.
        dimension: Quality dimension it belongs to.
    """

    reason_id: str
    severity: Severity
    message_en: str
    message_zh: str
    dimension: str


@dataclass(frozen=True)
class FileReason:
    """Why a whole file is refused.

    Attributes:
        reason_id: Stable name, in `landing.delivery.reason_code`. A code there may go on with
            `:detail`, which stands for `{detail}` in the sentences.
        message_en: What is wrong, in English.
        message_zh: The same in Chinese.
        hint_en: What to do, in English.
        hint_zh: The same in Chinese.
    """

    reason_id: str
    message_en: str
    message_zh: str
    hint_en: str
    hint_zh: str


TYPE_MESSAGES: Final = {
    "integer": ("is not a whole number: write it as 12.", "不是整数：请写成 12。"),
    "number": ("is not a number: write it as 1234.5.", "不是数字：请写成 1234.5。"),
    "date": ("is not a date: write it as 2026-11-22.", "不是日期：请写成 2026-11-22。"),
    "timestamp": (
        "is not a date with a time: write it as 2026-11-22 08:30.",
        "不是日期时间：请写成 2026-11-22 08:30。",
    ),
    "boolean": ("is neither yes nor no: write 是 or 否.", "既不是“是”也不是“否”：请写“是”或“否”。"),
}
MONTH_MESSAGE: Final = ("is not a month: write it as 2026-11.", "不是月份：请写成 2026-11。")

TOO_MANY_CELLS: Final = Reason(
    "too_many_cells",
    "error",
    "The row has more cells than the header: put texts with a comma in quotes.",
    "该行的单元格多于表头：含逗号的文本请加引号。",
    "conformity",
)

FILE_REASONS: Final = {
    reason.reason_id: reason
    for reason in (
        FileReason(
            "unknown_sender",
            "Nobody knows who sent the file.",
            "无法判断文件的发送方。",
            "Put it in inbox/<sender>/, or name it as the sender's mapping says.",
            "请放入 inbox/<发送方>/，或按该发送方映射文件的约定命名。",
        ),
        FileReason(
            "unknown_feed",
            "The file fits no report agreed with this sender.",
            "文件与该发送方约定的任何报表都不相符。",
            "Use the headers of the template, or put it in inbox/<sender>/<feed>/.",
            "请使用模板的表头，或放入 inbox/<发送方>/<报表>/。",
        ),
        FileReason(
            "not_subscribed",
            "This deployment does not take this report.",
            "本部署未订阅该报表。",
            "Add the feed to `feeds` in deployment.yaml, or stop sending it.",
            "请在 deployment.yaml 的 `feeds` 中加入该报表，或停止报送。",
        ),
        FileReason(
            "empty_file",
            "The file has no rows of data.",
            "文件没有数据行。",
            "Send it with its rows; where there is nothing to report, tell the person in charge.",
            "请补充数据后重发；如确无数据，请告知负责人。",
        ),
        FileReason(
            "binary_file",
            "The file is called CSV but is not text.",
            "文件扩展名为 CSV，但内容不是文本。",
            "Save it again as CSV or XLSX and send that.",
            "请另存为 CSV 或 XLSX 后重发。",
        ),
        FileReason(
            "password_protected",
            "The workbook is protected by a password.",
            "工作簿设有密码。",
            "Remove the password and send it again.",
            "请取消密码后重发。",
        ),
        FileReason(
            "half_written",
            "The file breaks off before its end.",
            "文件不完整，中途中断。",
            "Send it again once it is saved and closed.",
            "请在保存并关闭文件后重新发送。",
        ),
        FileReason(
            "unreadable",
            "The file cannot be read.",
            "文件无法读取。",
            "Open it yourself; when it opens, save it again as XLSX or CSV and send that.",
            "请自行打开确认；如能打开，请另存为 XLSX 或 CSV 后重发。",
        ),
        FileReason(
            "unknown_header",
            "No line of the file has the agreed headers.",
            "文件中找不到约定的表头行。",
            "Use the headers of the template, or have yours added to the sender's mapping.",
            "请使用模板的表头，或请管理员把您的表头加入映射。",
        ),
        FileReason(
            "missing_column",
            "The file has no column {detail}, which the report cannot do without.",
            "文件缺少报表必需的列 {detail}。",
            "Add it under one of the headers the reference page of the feed lists.",
            "请按报表参考页所列的任一表头补充该列。",
        ),
        FileReason(
            "period_unclear",
            "Which period the file is about cannot be told.",
            "无法判断文件所属期间。",
            "Write the period in the file name, such as 2026-W47 or 2026-11.",
            "请在文件名中写明期间，如 2026-W47 或 2026-11。",
        ),
    )
}


def reasons_of(contract: Contract) -> tuple[Reason, ...]:
    """Every reason a row of the feed can carry, in the fixed order of the contract.

    Column by column what is missing, malformed or out of bounds; then what concerns the row as a
    whole; then the contract's own rules. Ids are unique within a feed.
    """
    of_columns = [reason for column in contract.columns for reason in _column_reasons(column)]
    of_rules = [
        Reason(rule.rule_id, rule.severity, rule.message_en, rule.message_zh, rule.dimension)
        for rule in contract.rules
    ]
    return (*of_columns, *_row_reasons(contract), *of_rules)


def _both(column: Column) -> str:
    return f"{column.label_en} {column.label_zh}"


def _column_reasons(column: Column) -> Iterator[Reason]:
    if column.required:
        yield _reason(column, "missing", "is empty: fill it in.", "为空：请填写。", "completeness")
    if column.logical_type != "string":
        messages = MONTH_MESSAGE if column.format else TYPE_MESSAGES[column.logical_type]
        yield _reason(column, "invalid", *messages)
    if column.allowed:
        yield _not_allowed(column)
    if column.minimum is not None or column.maximum is not None:
        yield _out_of_range(column)
    if column.max_length is not None:
        yield _reason(
            column,
            "too_long",
            f"has more than {column.max_length} characters: shorten it, "
            "or see whether the columns have moved.",
            f"超过 {column.max_length} 个字符：请缩短，或检查是否串列。",
        )
    if column.pattern is not None:
        yield _reason(
            column,
            "malformed",
            f"does not have the agreed form ({column.description_en}): correct it, "
            "and keep long numbers as text.",
            f"格式不符（{column.description_zh}）：请更正，长数字请以文本保存。",
        )


def _reason(column: Column, kind: str, en: str, zh: str, dimension: str = "conformity") -> Reason:
    return Reason(
        f"{column.name}_{kind}",
        "error",
        f"{_both(column)} {en}",
        f"{column.label_zh}{zh}",
        dimension,
    )


def _not_allowed(column: Column) -> Reason:
    words_en = ", ".join(
        value if value == label else f"{value} ({label})" for value, label in column.allowed
    )
    words_zh = "、".join(label for _, label in column.allowed)
    en, zh = f"is not an agreed word: use {words_en}.", f"不是约定的取值：请使用{words_zh}。"
    return _reason(column, "not_allowed", en, zh)


def _out_of_range(column: Column) -> Reason:
    low, high = column.minimum, column.maximum
    if high is None:
        en, zh = f"is below {low}: correct it.", f"小于 {low}：请更正。"
    elif low is None:
        en, zh = f"is above {high}: correct it.", f"大于 {high}：请更正。"
    else:
        en, zh = (
            f"is not between {low} and {high}: correct it.",
            f"不在 {low} 至 {high} 之间：请更正。",
        )
    return _reason(column, "out_of_range", en, zh)


def _row_reasons(contract: Contract) -> Iterator[Reason]:
    if contract.business_date:
        yield from _date_reasons(contract, contract.column(contract.business_date))
    for kind in ("sku", "uom", "outlet"):
        column = next((c for c in contract.columns if c.code_of == kind), None)
        if column:
            yield _unmapped(kind, column)
    if contract.key:
        yield _duplicate(contract)
    yield TOO_MANY_CELLS


def _date_reasons(contract: Contract, column: Column) -> Iterator[Reason]:
    days = contract.period_grace_days
    late_en = f" (up to {days} days before it are taken)" if days else ""
    late_zh = f"（可早于期间 {days} 天以内）" if days else ""
    yield Reason(
        "out_of_period",
        "error",
        f"{_both(column)} is outside the period of the file{late_en}: "
        "correct the date, or send the row with the file of its own period.",
        f"{column.label_zh}不在文件所属期间内{late_zh}：请更正日期，或随所属期间的文件报送。",
        "timeliness",
    )
    if not contract.is_plan:
        yield Reason(
            "future_date",
            "error",
            f"{_both(column)} is later than the day the file came: correct the date.",
            f"{column.label_zh}晚于文件收到之日：请更正日期。",
            "accuracy",
        )


def _unmapped(kind: str, column: Column) -> Reason:
    en, zh = {
        "sku": (
            "is not in our list of products: have it mapped; the row is then loaded by itself.",
            "不在商品对照表中：请联系管理员补充对照，补充后该行自动入库。",
        ),
        "uom": (
            "is a unit we do not know for this product: have it mapped, or report in pieces.",
            "无法换算：请联系管理员补充单位换算，或按最小单位上报。",
        ),
        "outlet": (
            "is not in our list of outlets: the row counts for the unknown outlet of the sender "
            "until the code is mapped.",
            "不在门店对照表中：补充对照之前，该行计入该发送方的未知门店。",
        ),
    }[kind]
    severity: Severity = "warning" if kind == "outlet" else "error"
    return Reason(
        f"unmapped_{kind}",
        severity,
        f"{_both(column)} {en}",
        f"{column.label_zh}{zh}",
        "consistency",
    )


def _duplicate(contract: Contract) -> Reason:
    names_en = ", ".join(_both(column) for column in contract.key)
    names_zh = "、".join(column.label_zh for column in contract.key)
    return Reason(
        "duplicate_key",
        "error",
        f"Another row of the file has the same {names_en}: keep one of them, or tell them apart.",
        f"文件中另有一行的{names_zh}与本行相同：请只保留一行，或加以区分。",
        "uniqueness",
    )
