"""What one reason is."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts.model import Column, Severity


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


def both(column: Column) -> str:
    """A column in both languages, as it opens an English sentence."""
    return f"{column.label_en} {column.label_zh}"
