"""The landing tables, made from the contracts."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from pipelines.contracts import (
    FILE_REASONS,
    Contract,
    LandedColumn,
    landed_columns,
    reasons_of,
    sent_name,
    sla_row,
)
from pipelines.contracts.tables import TECHNICAL_COLUMNS
from pipelines.errors import ConfigError
from pipelines.landing.expressions import literal

SCHEMAS = ("landing", "staging", "intermediate", "marts", "quality", "meta")
TECHNICAL = (
    "_delivery_id bigint, _row_no bigint, _verdict varchar, _superseded_by bigint, _batch_id bigint"
)
FIXED_TABLES = """
create table if not exists landing.delivery (
    delivery_id bigint, sender varchar, feed varchar, period varchar, period_start date,
    period_end date, version integer, is_current boolean, status varchar, file_name varchar,
    file_sha256 varchar, file_size_bytes bigint, received_at timestamp, known_from timestamp,
    superseded_at timestamp, encoding varchar, sheet varchar, header_row bigint,
    rows_read bigint, rows_loaded bigint, rows_quarantined bigint, rows_structural bigint,
    rows_warned bigint, quantity_loaded decimal(18, 3), quantity_quarantined decimal(18, 3),
    amount_loaded decimal(18, 2), amount_quarantined decimal(18, 2),
    control_quantity decimal(18, 3), control_amount decimal(18, 2),
    reason_code varchar, reason_en varchar, reason_zh varchar, hint_en varchar, hint_zh varchar,
    batch_id bigint, agreement varchar);
create table if not exists landing.touched_date (
    feed varchar, business_date date, batch_id bigint);
create table if not exists landing.delivery_finding (
    delivery_id bigint, rule_id varchar, row_no bigint, observed varchar, expected varchar);
create table if not exists landing.judged (
    delivery_id bigint, feed varchar, sender varchar, period_start date, period_end date,
    received_at timestamp, batch_id bigint, judged_by varchar);
create or replace table landing.rule (
    feed varchar, rule_id varchar, severity varchar, message_en varchar, message_zh varchar,
    hint_en varchar, hint_zh varchar, dimension varchar);
create or replace table landing.contract (
    feed varchar, feed_code varchar, title_en varchar, title_zh varchar, owner_role varchar,
    is_subscribed boolean, period varchar, sla_unit varchar, sla_latency_days integer,
    sla_time_of_day time, sla_grace_hours integer, sla_roll varchar);
"""


def create_tables(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], subscribed: Iterable[str]
) -> None:
    """Make every landing table there is not yet, and write down what the contracts say.

    Raises:
        ConfigError: A feed's columns changed since its table was made.
    """
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    con.execute(FIXED_TABLES)
    for contract in contracts.values():
        _create_feed(con, contract)
    con.execute(_quarantine_view(contracts))
    _describe(con, contracts, set(subscribed))


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
    technical = {column.name for column in TECHNICAL_COLUMNS}
    return [column for column in landed_columns(contract) if column.name not in technical]


def _create_feed(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    con.execute(f"create table if not exists {all_table(contract.feed)} ({TECHNICAL})")
    agreed = {(c.name, c.duckdb_type.replace(" ", "")) for c in stored_columns(contract)}
    if not set(_made(con, contract).items()) <= agreed:
        raise ConfigError(
            f"The contract of {contract.feed} has other columns than the warehouse.",
            f"{contract.feed} 的合约列与仓库不一致。",
            "Move HOME/warehouse away and run again: it is made anew from the raw files.",
            "请移走 HOME/warehouse 后重新运行：仓库会由原始文件重建。",
        )
    _create_views(con, contract)


def _made(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, str]:
    """Columns of a feed its table has by now, with their types."""
    rows = con.execute(f"describe {all_table(contract.feed)}").fetchall()
    technical = {part.split()[0] for part in TECHNICAL.split(", ")}
    return {row[0]: row[1].lower() for row in rows if row[0] not in technical}


def add_columns(con: duckdb.DuckDBPyConnection, contract: Contract, names: set[str]) -> None:
    """Give the table of a feed the columns a file is the first to send.

    A column nobody sends would cost its share of every load: writing a null is not free.
    """
    made = _made(con, contract)
    missing = [c for c in stored_columns(contract) if c.name in names and c.name not in made]
    for column in missing:
        con.execute(
            f"alter table {all_table(contract.feed)} add column {column.name} {column.duckdb_type}"
        )
    if missing:
        _create_views(con, contract)


def columns_made(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """Stored columns the table of the feed has by now, in the contract's order."""
    made = _made(con, contract)
    return [column.name for column in stored_columns(contract) if column.name in made]


def _create_views(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    feed, made = contract.feed, _made(con, contract)
    stored = ",\n    ".join(
        c.name if c.name in made else f"null::{c.duckdb_type} as {c.name}"
        for c in stored_columns(contract)
    )
    technical = ", ".join(part.split()[0] for part in TECHNICAL.split(", "))
    con.execute(f"""
create or replace view {every_view(feed)} as
select
    {stored},
    {technical}
from {all_table(feed)}""")
    values = ",\n    ".join(_seen(contract))
    con.execute(f"""
create or replace view landing.{feed} as
select
    {values}
from {every_view(feed)} as r
inner join landing.delivery as d on r._delivery_id = d.delivery_id
where r._superseded_by is null and {outcome("loaded", "r")}""")
    con.execute(f"""
create or replace view landing.{feed}_history as
select
    {values},
    r._superseded_by,
    s.received_at as _superseded_at
from {every_view(feed)} as r
inner join landing.delivery as d on r._delivery_id = d.delivery_id
inner join landing.delivery as s on r._superseded_by = s.delivery_id
where {outcome("loaded", "r")}""")


def _seen(contract: Contract) -> list[str]:
    """What a reader of the landing views sees for each landed column."""
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


def _quarantine_view(contracts: dict[str, Contract]) -> str:
    parts = []
    for contract in contracts.values():
        quantity = next((f"r.{c.name}" for c in contract.columns if c.pieces), "null")
        amount = next((f"r.{c.name}" for c in contract.columns if c.control == "amount"), "null")
        parts.append(
            f"select r._delivery_id as delivery_id, '{contract.feed}' as feed, d.sheet as sheet, "
            "r._row_no as row_no, "
            f"{reasons('errors')} as reasons, "
            "json_extract(r._verdict, '$.raw')::varchar as raw, "
            "coalesce(json_extract(r._verdict, '$.masked'), json_extract(r._verdict, '$.raw'))"
            "::varchar as raw_masked, "
            f"{quantity}::decimal(18, 3) as quantity, {amount}::decimal(18, 2) as amount, "
            "r._superseded_by is null as is_current "
            f"from {every_view(contract.feed)} as r "
            "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
            f"where {outcome('quarantined', 'r')}"
        )
    body = " union all ".join(parts)
    return f"create or replace view landing.quarantined_row as {body}"


def _describe(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], subscribed: set[str]
) -> None:
    agreed = [
        {
            "feed": contract.feed,
            "feed_code": contract.feed_code,
            "title_en": contract.title_en,
            "title_zh": contract.title_zh,
            "owner_role": contract.owner_role,
            "is_subscribed": contract.feed in subscribed,
            "period": contract.period,
            **sla_row(contract),
        }
        for contract in contracts.values()
    ]
    rules = [
        {
            "feed": contract.feed,
            "rule_id": reason.reason_id,
            "severity": reason.severity,
            "message_en": reason.message_en,
            "message_zh": reason.message_zh,
            "hint_en": None,
            "hint_zh": None,
            "dimension": reason.dimension,
        }
        for contract in contracts.values()
        for reason in reasons_of(contract)
    ]
    rules += [
        {
            "feed": None,
            "rule_id": reason.reason_id,
            "severity": reason.severity,
            "message_en": reason.message_en,
            "message_zh": reason.message_zh,
            "hint_en": reason.hint_en,
            "hint_zh": reason.hint_zh,
            "dimension": reason.dimension,
        }
        for reason in FILE_REASONS.values()
    ]
    for table, rows in (("contract", agreed), ("rule", rules)):
        con.register("described", pa.Table.from_pylist(rows))
        con.execute(f"insert into landing.{table} by name select * from described")
        con.unregister("described")
