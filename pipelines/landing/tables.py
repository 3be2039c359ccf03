"""The landing tables, made from the contracts."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pipelines.contracts import Contract, history_columns, landed_columns, sla_row
from pipelines.contracts.reasons import reasons_of
from pipelines.errors import ConfigError

SCHEMAS = ("landing", "staging", "intermediate", "marts", "quality", "meta")
OUTCOME_COLUMNS = (
    "_outcome varchar, _reasons varchar[], _raw varchar, _raw_masked varchar, "
    "_superseded_by bigint, _superseded_at timestamp, _batch_id bigint"
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
create or replace table landing.rule (
    feed varchar, rule_id varchar, severity varchar, message_en varchar, message_zh varchar,
    dimension varchar);
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


def _create_feed(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    feed = contract.feed
    landed = landed_columns(contract)
    columns = ", ".join(f"{c.name} {c.duckdb_type}" for c in landed)
    con.execute(f"create table if not exists landing.{feed}_all ({columns}, {OUTCOME_COLUMNS})")
    made = [row[0] for row in con.execute(f"describe landing.{feed}_all").fetchall()]
    wanted = [c.name for c in landed]
    if made[: len(wanted)] != wanted or made[len(wanted)] != "_outcome":
        raise ConfigError(
            f"The contract of {feed} has other columns than the warehouse.",
            f"{feed} 的合约列与仓库不一致。",
            "Move HOME/warehouse away and run again: it is made anew from the raw files.",
            "请移走 HOME/warehouse 后重新运行：仓库会由原始文件重建。",
        )
    names = ", ".join(wanted)
    con.execute(
        f"create or replace view landing.{feed} as select {names} from landing.{feed}_all "
        "where _outcome = 'loaded' and _superseded_at is null"
    )
    history = ", ".join(c.name for c in history_columns(contract))
    con.execute(
        f"create or replace view landing.{feed}_history as select {history} "
        f"from landing.{feed}_all where _outcome = 'loaded' and _superseded_at is not null"
    )


def _quarantine_view(contracts: dict[str, Contract]) -> str:
    parts = []
    for contract in contracts.values():
        quantity = next((c.name for c in contract.columns if c.pieces), "null")
        amount = next((c.name for c in contract.columns if c.control == "amount"), "null")
        parts.append(
            f"select _delivery_id as delivery_id, '{contract.feed}' as feed, _sheet as sheet, "
            f"_row_no as row_no, _reasons as reasons, _raw as raw, _raw_masked as raw_masked, "
            f"{quantity}::decimal(18, 3) as quantity, {amount}::decimal(18, 2) as amount, "
            f"_superseded_at is null as is_current "
            f"from landing.{contract.feed}_all where _outcome = 'quarantined'"
        )
    body = " union all ".join(parts)
    return f"create or replace view landing.quarantined_row as {body}"


def _describe(
    con: duckdb.DuckDBPyConnection, contracts: dict[str, Contract], subscribed: set[str]
) -> None:
    for contract in contracts.values():
        values = [
            contract.feed,
            contract.feed_code,
            contract.title_en,
            contract.title_zh,
            contract.owner_role,
            contract.feed in subscribed,
            contract.period,
            *sla_row(contract).values(),
        ]
        marks = ", ".join("?" * len(values))
        con.execute(f"insert into landing.contract values ({marks})", values)
        for r in reasons_of(contract):
            con.execute(
                "insert into landing.rule values (?, ?, ?, ?, ?, ?)",
                [contract.feed, r.reason_id, r.severity, r.message_en, r.message_zh, r.dimension],
            )
