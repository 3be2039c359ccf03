"""Which columns the landing tables of a feed have."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.contracts.model import Column, Contract, Sla


class LandedColumn(NamedTuple):
    """One column of a landing table.

    Attributes:
        name: Name of the column.
        duckdb_type: Its type.
        comment: Bilingual description, `English | 中文`.
    """

    name: str
    duckdb_type: str
    comment: str


CORRECTION_ID = "_correction_id"
TECHNICAL_COLUMNS = (
    LandedColumn("_sender", "varchar", "Who sent the file | 文件发送方"),
    LandedColumn("_delivery_id", "bigint", "Delivery in landing.delivery | 所属报送批次"),
    LandedColumn("_sheet", "varchar", "Sheet of the workbook; null for CSV | 工作表；CSV 为空"),
    LandedColumn("_row_no", "bigint", "Row in the file, the first is 1 | 文件中的行号，从 1 起"),
    LandedColumn(
        CORRECTION_ID,
        "varchar",
        "Correction that acted on the row; null when none | 更正编号；无则为空",
    ),
    LandedColumn("_warnings", "varchar[]", "Warnings of the row; null when none | 警告；无则为空"),
)
SUPERSEDED_COLUMNS = (
    LandedColumn("_superseded_by", "bigint", "Delivery that replaced the row | 取代本行的报送批次"),
    LandedColumn("_superseded_at", "timestamp", "When it was replaced | 被取代的时间"),
)


def landed_columns(contract: Contract) -> list[LandedColumn]:
    """Columns of `landing.<feed>` in order: the contract's, the derived, the technical ones."""
    columns = [landed for column in contract.columns for landed in _landed(column)]
    return [*columns, *TECHNICAL_COLUMNS]


def history_columns(contract: Contract) -> list[LandedColumn]:
    """Columns of `landing.<feed>_history`: those of the feed, then what replaced the row."""
    return [*landed_columns(contract), *SUPERSEDED_COLUMNS]


def sent_name(column: Column) -> str | None:
    """Name of the column with the code as sent; None when the column is not a mapped code."""
    return f"their_{column.name}" if column.code_of in ("sku", "outlet") else None


def _landed(column: Column) -> list[LandedColumn]:
    comment = f"{column.description_en} | {column.description_zh}"
    landed = [LandedColumn(column.name, column.duckdb_type, comment)]
    sent = sent_name(column)
    if sent:
        comment = f"{column.label_en} as sent | 发送方上报的{column.label_zh}"
        landed.append(LandedColumn(sent, "varchar", comment))
    if column.pieces:
        comment = f"{column.label_en} in pieces | {column.label_zh}，折算为最小单位"
        landed.append(LandedColumn(column.pieces, "decimal(18,3)", comment))
    return landed


def sla_row(contract: Contract) -> dict[str, object]:
    """Values of the `sla_*` columns of `landing.contract`, all None when nothing is due."""
    sla: Sla | None = contract.sla
    return {
        "sla_unit": sla.unit if sla else None,
        "sla_latency_days": sla.latency_days if sla else None,
        "sla_time_of_day": sla.time_of_day if sla else None,
        "sla_grace_hours": sla.grace_hours if sla else None,
        "sla_roll": sla.roll if sla else None,
    }
