"""The landing tables: their names, columns, and what the verdict of a row says."""

from __future__ import annotations

import duckdb

from pipelines.contracts import (
    Column,
    Contract,
    LandedColumn,
    landed_columns,
    sent_name,
)
from pipelines.contracts.tables import CORRECTION_ID, TECHNICAL_COLUMNS
from pipelines.landing.rows.expressions import literal

TECHNICAL = (
    "_delivery_id bigint, _row_no bigint, _verdict varchar, _superseded_by bigint, _batch_id bigint"
)
SETTLED = "('loaded', 'superseded')"
"""Statuses of deliveries whose rows count, now or in history."""


def all_table(feed: str) -> str:
    """The table with every row of a feed ever read: good, refused, structural, superseded.

    It has the columns some file sent so far (`add_columns`). A good row has no `_verdict`; any
    other has one as JSON: kind of a structural row, errors, warnings, raw texts, and those masked
    where they name persons.
    """
    return f"landing.{feed}_all"


def every_view(feed: str) -> str:
    """The same rows with every column of the contract, null where no file sent it."""
    return f"landing.{feed}_every"


def outcome(name: str, row: str = "") -> str:
    """SQL condition that a row of an `all_table` is loaded, warned, quarantined or structural."""
    verdict = f"{row}._verdict" if row else "_verdict"
    begins = {
        "loaded": '{"kind":null,"errors":[]',
        "warned": '{"kind":null,"errors":[],"warnings":["',
        "quarantined": '{"kind":null,"errors":["',
        "structural": '{"kind":"',
    }
    stated = f"starts_with({verdict}, '{begins[name]}')"
    return f"({verdict} is null or {stated})" if name == "loaded" else stated


def reasons(key: str) -> str:
    """SQL of the reasons a verdict gives under `errors` or `warnings`; null when it gives none."""
    found = f"from_json(json_extract(r._verdict, '$.{key}'), '[\"varchar\"]')"
    return f"case when len({found}) > 0 then {found} end"


def stored_columns(contract: Contract) -> list[LandedColumn]:
    """Columns of a feed as its `all_table` may keep them; the views complete them.

    What is the same for a whole file or follows from other columns is null there and costs
    nothing: a column the file has not, a default, the sender, a sent code that equals
    ours, pieces that equal the quantity.
    """
    technical = {column.name for column in TECHNICAL_COLUMNS} - {CORRECTION_ID}
    return [column for column in landed_columns(contract) if column.name not in technical]


def made_columns(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, str]:
    """Columns of a feed its table has by now, with their types."""
    rows = con.execute(f"describe {all_table(contract.feed)}").fetchall()
    technical = {part.split()[0] for part in TECHNICAL.split(", ")}
    return {row[0]: row[1].lower() for row in rows if row[0] not in technical}


def columns_made(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """Stored columns the table of the feed has by now, in the contract's order."""
    made = made_columns(con, contract)
    return [column.name for column in stored_columns(contract) if column.name in made]


def seen(contract: Contract) -> list[str]:
    """What a reader of the landing views sees, from the row `r` and its delivery `d`."""
    completed = {
        "_sender": "d.sender",
        "_sheet": "d.sheet",
        "_warnings": reasons("warnings"),
    }
    for column in contract.columns:
        sent = sent_name(column)
        if sent:
            completed[sent] = f"coalesce(r.{sent}, r.{column.name})"
        if column.pieces:
            completed[column.pieces] = f"coalesce(r.{column.pieces}, r.{column.name})"
        if column.fill == "sender":
            completed[column.name] = f"coalesce(r.{column.name}, d.sender)"
        elif column.default is not None:
            default = f"{literal(column.default)}::{column.duckdb_type}"
            completed[column.name] = f"coalesce(r.{column.name}, {default})"
    return [
        f"{completed[c.name]} as {c.name}" if c.name in completed else f"r.{c.name}"
        for c in landed_columns(contract)
    ]


def key_value(column: Column, row: str = "") -> str:
    """SQL of what tells a row `row` of an `every_view` apart by a column of its key.

    A file without the column says the default in every row; outlets nobody mapped are told apart
    by the code as sent.
    """
    prefix = f"{row}." if row else ""
    value, sent = f"{prefix}{column.name}", sent_name(column)
    if column.default is not None:
        return f"coalesce({value}, {literal(column.default)}::{column.duckdb_type})"
    if column.code_of == "outlet":
        return f"if(starts_with({value}, 'UNKNOWN-'), {prefix}{sent}, {value})"
    return value


def counted(contract: Contract) -> tuple[str | None, str | None]:
    """The columns the ledger adds up as quantity and as money; None where the feed has none."""
    quantity = next((column.name for column in contract.columns if column.pieces), None)
    amount = next((column.name for column in contract.columns if column.control == "amount"), None)
    return quantity, amount
