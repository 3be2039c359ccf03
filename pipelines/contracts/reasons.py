"""Why a row is held back or marked: words a clerk can act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipelines.contracts.model import Column, Contract
from pipelines.contracts.reason import Reason, both
from pipelines.contracts.row_reasons import row_reasons

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
FORMAT_MESSAGES: Final = {
    "yyyy-MM": ("is not a month: write it as 2026-11.", "不是月份：请写成 2026-11。"),
    "period": (
        "is not a period: write it as 2026-11, 2026-W47 or 2026-11-22.",
        "不是期间：请写成 2026-11、2026-W47 或 2026-11-22。",
    ),
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
    return (*of_columns, *row_reasons(contract), *of_rules)


def _column_reasons(column: Column) -> Iterator[Reason]:
    if column.is_needed:
        yield _reason(column, "missing", "is empty: fill it in.", "为空：请填写。", "completeness")
    if column.logical_type != "string":
        messages = FORMAT_MESSAGES.get(column.format or "", TYPE_MESSAGES[column.logical_type])
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
    if column.is_code:
        yield _reason(
            column,
            "lost_digits",
            "was turned into a rounded number such as 6.90E+12 by a spreadsheet: "
            "format the column as text and enter the code again.",
            "被电子表格改成了 6.90E+12 之类的近似数：请把该列设为文本格式并重新录入编码。",
            "accuracy",
        )


def _reason(column: Column, kind: str, en: str, zh: str, dimension: str = "conformity") -> Reason:
    return Reason(
        f"{column.name}_{kind}",
        "error",
        f"{both(column)} {en}",
        f"{column.label_zh}{zh}",
        dimension,
    )


def _not_allowed(column: Column) -> Reason:
    words_en = ", ".join(
        value if value == label else f"{value} ({label})" for value, label in column.allowed
    )
    words_zh = "、".join(label for _, label in column.allowed)
    if column.open_list:
        return Reason(
            f"{column.name}_not_listed",
            "warning",
            f"{both(column)} is not in the agreed list and is kept as sent: "
            f"use {words_en}, or have your word mapped.",
            f"{column.label_zh}不在约定清单内，按原文入库：请使用{words_zh}，或请管理员补充对照。",
            "conformity",
        )
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
