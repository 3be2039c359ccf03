"""Why a row is held back or marked: words a clerk can act on."""

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

TOO_MANY_CELLS: Final = Reason(
    "too_many_cells",
    "error",
    "The row has more cells than the header: put texts with a comma in quotes.",
    "该行的单元格多于表头：含逗号的文本请加引号。",
    "conformity",
)


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
    if column.open_list:
        return Reason(
            f"{column.name}_not_listed",
            "warning",
            f"{_both(column)} is not in the agreed list and is kept as sent: "
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
