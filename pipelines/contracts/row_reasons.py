"""Reasons that concern a row as a whole: its day, its codes, its money, its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipelines.contracts.model import Column, Contract, Severity
from pipelines.contracts.money_reasons import money_reasons
from pipelines.contracts.reason import Reason, both

TOO_MANY_CELLS: Final = Reason(
    "too_many_cells",
    "error",
    "The row has more cells than the header: put texts with a comma in quotes.",
    "该行的单元格多于表头：含逗号的文本请加引号。",
    "conformity",
)
CELL_ERROR: Final = Reason(
    "cell_error",
    "error",
    "A cell holds an error such as #REF! or #N/A instead of a text: repair its formula.",
    "单元格内容为 #REF!、#N/A 等错误值：请修复公式。",
    "conformity",
)
NO_VALUE: Final = Reason(
    "formula_without_value",
    "error",
    "A cell holds a formula whose result was never saved: "
    "open the file in a spreadsheet program, save it and send it again.",
    "单元格只有公式而没有计算结果：请用表格软件打开文件，保存后重新报送。",
    "completeness",
)
MIXED_UNITS: Final = Reason(
    "mixed_units",
    "warning",
    "The quantity names its units, as 12箱3包 does; it was converted to pieces: "
    "write the number and the unit in columns of their own.",
    "数量中写有单位（如 12箱3包），已折算为最小单位：请把数量与单位分列填写。",
    "conformity",
)
CORRECTION_OUTDATED: Final = Reason(
    "correction_outdated",
    "warning",
    "A correction of ours expects something else here, so it did nothing: "
    "we see whether it is still needed. You need do nothing.",
    "我方的一条更正与此处内容不符，未予执行：由我方核实是否仍需更正，无需您处理。",
    "consistency",
)
PLUG_LINE: Final = Reason(
    "plug_line",
    "error",
    "The code is a word such as 调整, 其他 or ADJ, which names no product and no outlet: "
    "report the difference under the codes it belongs to.",
    "编码为“调整”“其他”“ADJ”等笼统字样，并非具体商品或门店：请按实际编码填报差额。",
    "accuracy",
)


def row_reasons(contract: Contract) -> Iterator[Reason]:
    """Reasons that concern a row as a whole, in the order they are given."""
    if contract.business_date:
        yield from _date_reasons(contract, contract.column(contract.business_date))
    yield from _code_reasons(contract)
    if any(column.pieces for column in contract.columns):
        yield MIXED_UNITS
    if contract.money:
        yield from money_reasons(contract.money)
    if contract.key:
        yield _duplicate(contract)
    yield from (TOO_MANY_CELLS, CELL_ERROR, NO_VALUE, CORRECTION_OUTDATED)


def _code_reasons(contract: Contract) -> Iterator[Reason]:
    kinds = {column.code_of: column for column in contract.columns if column.code_of}
    if {"sku", "outlet"} & set(kinds):
        yield PLUG_LINE
    for kind in ("sku", "uom", "outlet"):
        if kind in kinds:
            yield _unmapped(kind, kinds[kind])
    for kind in ("sku", "outlet"):
        if kind in kinds:
            yield _ambiguous(kind, kinds[kind])


def _date_reasons(contract: Contract, column: Column) -> Iterator[Reason]:
    days = contract.period_grace_days
    late_en = f" (up to {days} days before it are taken)" if days else ""
    late_zh = f"（可早于期间 {days} 天以内）" if days else ""
    yield Reason(
        "out_of_period",
        "error",
        f"{both(column)} is outside the period of the file{late_en}: "
        "correct the date, or send the row with the file of its own period.",
        f"{column.label_zh}不在文件所属期间内{late_zh}：请更正日期，或随所属期间的文件报送。",
        "timeliness",
    )
    if days and not (contract.is_plan or contract.late_is_usual):
        yield Reason(
            "late_document",
            "warning",
            f"{both(column)} is before the period of the file: "
            "send documents with the file of their own period.",
            f"{column.label_zh}早于文件所属期间：请随单据所属期间的文件报送。",
            "timeliness",
        )
    if not contract.is_plan:
        yield Reason(
            "future_date",
            "error",
            f"{both(column)} is later than the day the file came: correct the date.",
            f"{column.label_zh}晚于文件收到之日：请更正日期。",
            "accuracy",
        )
    yield Reason(
        "ancient_date",
        "error",
        f"{both(column)} is before the year 2000: correct the date.",
        f"{column.label_zh}早于 2000 年：请更正日期。",
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
        f"{both(column)} {en}",
        f"{column.label_zh}{zh}",
        "consistency",
    )


def _ambiguous(kind: str, column: Column) -> Reason:
    return Reason(
        f"ambiguous_{kind}",
        "error",
        f"{both(column)} stands for two of our codes on that day: "
        "have the days of the mapping corrected; the row is then loaded by itself.",
        f"{column.label_zh}在该日同时对应两个本公司编码：请联系管理员更正对照有效期，更正后该行自动入库。",
        "consistency",
    )


def _duplicate(contract: Contract) -> Reason:
    names_en = ", ".join(both(column) for column in contract.key)
    names_zh = "、".join(column.label_zh for column in contract.key)
    return Reason(
        "duplicate_key",
        "error",
        f"Another row of the file has the same {names_en}: keep one of them, or tell them apart.",
        f"文件中另有一行的{names_zh}与本行相同：请只保留一行，或加以区分。",
        "uniqueness",
    )
