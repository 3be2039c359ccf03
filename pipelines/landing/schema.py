"""Makes the landing tables and the views over them, from the contracts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import FILE_REASONS, Contract, reasons_of, sla_row
from pipelines.errors import ConfigError
from pipelines.hashing import digest, folder_hash
from pipelines.landing.as_of import as_of_select, macro
from pipelines.landing.tables import (
    SETTLED,
    TECHNICAL,
    all_table,
    columns_made,
    counted,
    every_view,
    made_columns,
    outcome,
    reasons,
    seen,
    stored_columns,
)

CODE = Path(__file__).parent
SCHEMAS = ("landing", "staging", "intermediate", "marts", "quality", "meta")
DELIVERY = {
    "delivery_id": "bigint",
    "sender": "varchar",
    "feed": "varchar",
    "period": "varchar",
    "period_start": "date",
    "period_end": "date",
    "version": "integer",
    "is_current": "boolean",
    "status": "varchar",
    "file_name": "varchar",
    "file_sha256": "varchar",
    "file_size_bytes": "bigint",
    "received_at": "timestamp",
    "known_from": "timestamp",
    "known_until": "timestamp",
    "superseded_at": "timestamp",
    "replaces": "varchar",
    "hold_rule": "varchar",
    "decision": "varchar",
    "decided_at": "timestamp",
    "encoding": "varchar",
    "sheet": "varchar",
    "header_row": "bigint",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_quarantined": "bigint",
    "rows_structural": "bigint",
    "rows_warned": "bigint",
    "quantity_loaded": "decimal(18, 3)",
    "quantity_quarantined": "decimal(18, 3)",
    "amount_loaded": "decimal(18, 2)",
    "amount_quarantined": "decimal(18, 2)",
    "control_quantity": "decimal(18, 3)",
    "control_amount": "decimal(18, 2)",
    "reason_code": "varchar",
    "reason_en": "varchar",
    "reason_zh": "varchar",
    "hint_en": "varchar",
    "hint_zh": "varchar",
    "batch_id": "bigint",
    "agreement": "varchar",
}
"""Columns of the file ledger `landing.delivery`."""
FIXED_TABLES = """
create table if not exists landing.touched_date (
    feed varchar, business_date date, batch_id bigint);
create table if not exists landing.delivery_finding (
    delivery_id bigint, rule_id varchar, row_no bigint, observed varchar, expected varchar);
create table if not exists landing.removal (
    delivery_id bigint, kind varchar, rows_removed bigint, removed_on date);
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

KNOWN_SPAN = """
create or replace view landing.known_span as
with event as (
    select delivery_id, received_at as known_from, 0 as turn, hold_rule is null as counts
    from landing.delivery
    union all
    select decision.delivery_id, said.received_at,
        row_number() over (order by said.received_at, said.file_sha256, decision._row_no),
        decision.action = 'release'
    from landing.decision as decision
    inner join landing.delivery as said on decision._delivery_id = said.delivery_id
),
span as (
    select *, lead(known_from) over (
        partition by delivery_id order by known_from, turn) as known_until
    from event
)
select delivery_id, known_from, known_until from span
where counts and known_from is distinct from known_until
"""
"""One row is a span of time in which a delivery counted; `known_until` null: it still does."""


def create_tables(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], subscribed: Iterable[str]
) -> None:
    """Make every landing table there is not yet, and write down what the contracts say.

    Nothing is done where the tables were made by the same contracts and the same code.

    Raises:
        ConfigError: A feed's columns changed since its table was made.
    """
    made_by = digest(
        part.encode()
        for part in (repr(contracts), repr(sorted(subscribed)), folder_hash(CODE, "*.py"))
    )
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    con.execute("create table if not exists landing.made_by (fingerprint varchar)")
    if con.execute("from landing.made_by").fetchall() == [(made_by,)]:
        return
    con.execute("delete from landing.made_by")
    _create_ledger(con)
    con.execute(FIXED_TABLES)
    for contract in contracts.values():
        _create_feed(con, contract)
    con.execute(KNOWN_SPAN)
    # the maps first: what other feeds said rests on them
    for feed in sorted(contracts, key=lambda feed: not feed.startswith("map_")):
        _create_macro(con, contracts[feed])
    con.execute(_quarantine_view(contracts))
    con.execute(_restatement_view(contracts))
    _describe(con, contracts, set(subscribed))
    con.execute("insert into landing.made_by values (?)", [made_by])


def _create_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """The ledger, with the columns a later version of Daqu added to it."""
    columns = ", ".join(f"{name} {kind}" for name, kind in DELIVERY.items())
    con.execute(f"create table if not exists landing.delivery ({columns})")
    for name, kind in DELIVERY.items():
        con.execute(f"alter table landing.delivery add column if not exists {name} {kind}")


def _create_feed(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    con.execute(f"create table if not exists {all_table(contract.feed)} ({TECHNICAL})")
    agreed = {(c.name, c.duckdb_type.replace(" ", "")) for c in stored_columns(contract)}
    if not set(made_columns(con, contract).items()) <= agreed:
        raise ConfigError(
            f"The contract of {contract.feed} has other columns than the warehouse.",
            f"{contract.feed} 的合约列与仓库不一致。",
            "Run `daqu rebuild --replace`: the warehouse is made anew from the raw files.",
            "请执行 `daqu rebuild --replace`：仓库会由原始文件重建。",
        )
    _create_views(con, contract)


def add_columns(con: duckdb.DuckDBPyConnection, contract: Contract, names: set[str]) -> None:
    """Give the table of a feed the columns a file is the first to send.

    A column nobody sends would cost its share of every load: writing a null is not free.
    """
    made = made_columns(con, contract)
    missing = [c for c in stored_columns(contract) if c.name in names and c.name not in made]
    for column in missing:
        con.execute(
            f"alter table {all_table(contract.feed)} add column {column.name} {column.duckdb_type}"
        )
    if missing:
        _create_views(con, contract)
        _create_macro(con, contract)


def _create_views(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    feed, made = contract.feed, made_columns(con, contract)
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
    values = ",\n    ".join(seen(contract))
    con.execute(f"""
create or replace view landing.{feed} as
select
    {values}
from {every_view(feed)} as r
inner join landing.delivery as d on r._delivery_id = d.delivery_id
where r._superseded_by is null and d.status in {SETTLED} and {outcome("loaded", "r")}""")
    con.execute(f"""
create or replace view landing.{feed}_history as
select
    {values},
    r._superseded_by,
    s.known_from as _superseded_at
from {every_view(feed)} as r
inner join landing.delivery as d on r._delivery_id = d.delivery_id
inner join landing.delivery as s on r._superseded_by = s.delivery_id
where d.status in {SETTLED} and {outcome("loaded", "r")}""")


def _create_macro(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    body = as_of_select(contract, columns_made(con, contract), "moment")
    con.execute(f"create or replace macro {macro(contract.feed)}(moment) as table {body}")


def _quarantine_view(contracts: dict[str, Contract]) -> str:
    """Rows that are not loaded: each for its reasons, or because its whole file is held back."""
    held = f"d.status in ('held', 'rejected') and {outcome('loaded', 'r')}"
    parts = []
    for contract in contracts.values():
        quantity, amount = (f"r.{name}" if name else "null" for name in counted(contract))
        parts.append(
            f"select r._delivery_id as delivery_id, '{contract.feed}' as feed, d.sheet as sheet, "
            "r._row_no as row_no, "
            f"if({held}, ['held_' || d.hold_rule], {reasons('errors')}) as reasons, "
            "json_extract(r._verdict, '$.raw')::varchar as raw, "
            "coalesce(json_extract(r._verdict, '$.masked'), json_extract(r._verdict, '$.raw'))"
            "::varchar as raw_masked, "
            f"{quantity}::decimal(18, 3) as quantity, {amount}::decimal(18, 2) as amount, "
            "r._superseded_by is null as is_current "
            f"from {every_view(contract.feed)} as r "
            "inner join landing.delivery as d on r._delivery_id = d.delivery_id "
            f"where {outcome('quarantined', 'r')} or {held}"
        )
    body = " union all ".join(parts)
    return f"create or replace view landing.quarantined_row as {body}"


def _restatement_view(contracts: dict[str, Contract]) -> str:
    """What each delivery replaced of each earlier one: rows, quantity and amount as they were."""
    parts = []
    for contract in contracts.values():
        quantity, amount = (f"sum(r.{name})" if name else "null" for name in counted(contract))
        parts.append(
            "select r._superseded_by as delivery_id, r._delivery_id as replaced_delivery_id, "
            f"count(*) as rows_replaced, {quantity}::decimal(18, 3) as quantity_replaced, "
            f"{amount}::decimal(18, 2) as amount_replaced from {every_view(contract.feed)} as r "
            f"where r._superseded_by is not null and {outcome('loaded', 'r')} group by all"
        )
    return f"create or replace view landing.restatement as {' union all '.join(parts)}"


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
