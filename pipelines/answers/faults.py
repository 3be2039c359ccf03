"""What is wrong with rows, in the words and the language of their sender."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.contracts import (
    FILE_REASONS,
    Column,
    Contract,
    accepted_headers,
    header_key,
    reasons_of,
)
from pipelines.landing.mapping import FeedMapping
from pipelines.language import one

Row = Mapping[str, Any]
OF_A_CODE = re.compile(r"(?:unmapped|ambiguous)_(sku|outlet|uom)")
HELD = "held_"
"""How the reason of a row begins that is kept back with its whole file."""
OF_THE_DAY = ("out_of_period", "future_date", "late_document", "ancient_date")
OF_SALES = ("price_unusual", "price_implausible", "amount_differs", "amount_wrong", "plug_line")
OF_UNITS = (
    "looks_like_cases",
    "looks_like_inners",
    "looks_like_pieces",
    "mixed_units",
    "uom_autofixed",
    "quantity_unusual",
    "return_exceeds_sales",
)
OF_OUTLETS = ("outlet_looks_twice", "out_of_territory")
OF_ERROR_CELLS = ("cell_error", "formula_without_value")
"""Reasons about whichever cells hold the error a spreadsheet shows, such as #REF!."""


@dataclass(frozen=True)
class Fault:
    """One reason of one row.

    Attributes:
        sheet: Sheet of the workbook; None for CSV.
        row_no: Row of the file.
        reason: Stable id.
        cells: What the file says in the columns concerned, `header: value`.
        text: What is wrong and what to do.
        columns: Names of our columns it is about; empty where it is about the row as a whole.
    """

    sheet: str | None
    row_no: int
    reason: str
    cells: str
    text: str
    columns: tuple[str, ...] = ()


def faults(
    rows: Iterable[Row], contract: Contract, mapping: FeedMapping, language: str
) -> list[Fault]:
    """The reasons of rows, one by one, in the order of the file.

    Args:
        rows: Rows with `sheet, row_no, reasons, raw_masked`.
        contract: The feed they are of.
        mapping: How their sender writes it.
        language: `zh` or `en`.
    """
    known: dict[str, tuple[Sequence[Column], str]] = {}
    sentences = _sentences(contract, language)
    found = []
    for row in rows:
        for reason in row["reasons"] or ("?",):
            if reason not in known:
                text = sentences.get(reason) or file_sentence(reason, language)
                known[reason] = concerned(reason, contract), text
            columns, text = known[reason]
            found.append(
                Fault(
                    sheet=row["sheet"],
                    row_no=row["row_no"],
                    reason=reason,
                    cells=_cells(row["raw_masked"], columns, mapping),
                    text=text,
                    columns=tuple(column.name for column in columns),
                )
            )
    return found


def _sentences(contract: Contract, language: str) -> dict[str, str]:
    return {r.reason_id: one(language, r.message_en, r.message_zh) for r in reasons_of(contract)}


def file_sentence(reason: str, language: str) -> str:
    """What a reason about a whole file says and what to do; its id where it is not known.

    A row of a file that is kept back carries that file's reason after `held_`.
    """
    code, _, detail = reason.removeprefix(HELD).partition(":")
    words = FILE_REASONS.get(code)
    if not words:
        return reason
    said = one(language, words.message_en, words.message_zh)
    hint = one(language, words.hint_en, words.hint_zh)
    between = "" if language == "zh" else " "
    return f"{said}{between}{hint}".replace("{detail}", detail)


def concerned(reason: str, contract: Contract) -> Sequence[Column]:
    """Columns a reason is about, in the order of the contract; none for the row as a whole."""
    of_a_code = OF_A_CODE.fullmatch(reason)
    if of_a_code:
        return [c for c in contract.columns if c.code_of == of_a_code[1]]
    if reason in OF_THE_DAY:
        return [c for c in contract.columns if c.name == contract.business_date]
    if reason == "duplicate_key":
        return contract.key
    return _of_role(reason, contract) or _of_rule(reason, contract) or _of_name(reason, contract)


def _of_role(reason: str, contract: Contract) -> Sequence[Column]:
    """Columns by what they stand for, of reasons that are told so; a plug line has but a code."""
    columns = contract.columns
    counted = [c for c in columns if c.pieces or c.code_of == "uom"]
    if reason in OF_SALES:
        sold = [c for c in columns if c.pieces or c.control or c.name == "unit_price"]
        return sold or [c for c in columns if c.code_of in ("sku", "outlet")]
    if reason in OF_UNITS:
        return counted
    return [c for c in columns if c.code_of == "outlet"] if reason in OF_OUTLETS else ()


def _of_rule(reason: str, contract: Contract) -> Sequence[Column]:
    """Columns a rule of the contract speaks of; a quantity in pieces is the quantity sent."""
    sql = next((rule.sql for rule in contract.rules if rule.rule_id == reason), "")
    words = set(re.findall(r"[a-z_][a-z0-9_]*", re.sub(r"'[^']*'", "", sql)))
    return [c for c in contract.columns if {c.name, c.pieces} & words]


def _of_name(reason: str, contract: Contract) -> Sequence[Column]:
    """The column whose name a reason begins with, the longest such name."""
    own = [c for c in contract.columns if reason.startswith(f"{c.name}_")]
    return sorted(own, key=lambda c: len(c.name))[-1:]


def _cells(raw: str | None, columns: Iterable[Column], mapping: FeedMapping) -> str:
    """What the sender wrote there, under the sender's own headers."""
    written: dict[str, str] = json.loads(raw) if raw else {}
    wanted = {
        header_key(header)
        for column in columns
        for header in (*mapping.columns.get(column.name, ()), *accepted_headers(column))
    }
    found = {k: v for k, v in written.items() if header_key(k) in wanted}
    return " · ".join(f"{header}: {value or '∅'}" for header, value in found.items())
