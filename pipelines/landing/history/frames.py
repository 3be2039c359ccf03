"""Rows and sums the rules read, the same for every feed: made from the contract, not by name."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from pipelines.contracts import Contract, sent_name
from pipelines.landing.history.scope import FOREVER
from pipelines.landing.rows.expressions import literal
from pipelines.landing.tables import every_view, outcome

MACROS = """
create or replace temp macro history_figure(x) as
    if(contains(x::varchar, '.'), rtrim(rtrim(x::varchar, '0'), '.'), x::varchar)
"""
ROLES = ("sku", "outlet")


def day_of(contract: Contract) -> str:
    """SQL of the business date of a row r; null for masters."""
    if contract.business_date is None:
        return "null::date"
    name = contract.business_date
    filled = contract.column(name).fill == "period"
    return f"coalesce(r.{name}, r._period_start)" if filled else f"r.{name}"


def owner_of(contract: Contract) -> str:
    """SQL of the distributor a row r belongs to: what it says, else the sender."""
    has_column = any(column.name == "distributor_code" for column in contract.columns)
    return "coalesce(r.distributor_code, r.sender)" if has_column else "r.sender"


def sized(contract: Contract, name: str) -> str:
    """SQL of a quantity of a row r by name, in pieces."""
    return f"coalesce(r.{contract.column(name).pieces}, r.{name})"


def pieces_of(contract: Contract) -> str:
    """SQL of the pieces of a row r; null where the feed has no quantity."""
    column = next((c for c in contract.columns if c.pieces), None)
    return f"coalesce(r.{column.pieces}, r.{column.name})" if column else "null::decimal(18,3)"


def amount_of(contract: Contract) -> str:
    """SQL of the amount of a row r; null where the feed has none."""
    column = next((c for c in contract.columns if c.control == "amount"), None)
    return f"r.{column.name}" if column else "null::decimal(18,2)"


def code_of(contract: Contract, kind: str, as_sent: bool = False) -> str:
    """SQL of our code of a row r, or of the code as sent; null where the feed has none."""
    column = next((c for c in contract.columns if c.code_of == kind), None)
    if column is None:
        return "null::varchar"
    sent = sent_name(column)
    return f"coalesce(r.{sent}, r.{column.name})" if as_sent and sent else f"r.{column.name}"


def value_of(contract: Contract, name: str, or_else: str = "null::varchar") -> str:
    """SQL of a column of a row r by name, its default filled in; `or_else` where there is none."""
    column = next((c for c in contract.columns if c.name == name), None)
    if column is None:
        return or_else
    if column.default is None:
        return f"r.{name}"
    return f"coalesce(r.{name}, {literal(column.default)}::{column.duckdb_type})"


def kind_of(contract: Contract) -> str:
    """SQL of the type of document of a row r; `sale` where the feed has none."""
    return value_of(contract, "doc_type", "'sale'")


def quantity_of(contract: Contract) -> str:
    """SQL of the quantity of a row r as sent; null where the feed has none."""
    column = next((c for c in contract.columns if c.pieces), None)
    return f"r.{column.name}" if column else "null::decimal(18,3)"


def rows(feed: str) -> str:
    """The loaded rows of a feed that are in reach, with the ranks between which they stand."""
    return f"history_{feed}"


def bucket_of(unit: str, day: str) -> str:
    """SQL of the first day of the day, week or month a day is in."""
    return f"""case {unit} when 'day' then {day} when 'week' then date_trunc('week', {day})
        else date_trunc('month', {day}) end::date"""


# A delivery without an earlier one of its sender in reach has nothing its sums are held against.
# Rows count by the unit of the delivery they are held against, whatever that of their own file.
# Sums by outlet are asked for eight periods, those of another feed by product for the last two.
SUMMED = """
create or replace temp table history_summed as
with earlier as (
    select p.delivery_id, p.feed, p.unit, e.delivery_id as earlier_id, e.feed as earlier_feed,
        e.feed = p.feed and (e.period_end >= p.period_start - 56 or p.unit = 'month') as by_outlet,
        e.feed = p.feed or e.period_end >= p.period_start - 7 as by_sku
    from history_peer as p
    inner join history_reads as r on p.feed = r.feed
    inner join history_scope as e on r.reads = e.feed and p.sender = e.sender
        and e.rank < p.rank and e.until_rank >= p.rank and e.period_start is not null
    where e.feed = p.feed or p.delivery_id in (select delivery_id from history_subject)
),
wanted as (
    select delivery_id, feed, unit, by_outlet, by_sku from earlier
    union all select earlier_id, earlier_feed, unit, by_outlet, by_sku from earlier
)
select delivery_id, feed, unit, bool_or(by_outlet) as by_outlet, bool_or(by_sku) as by_sku
from wanted group by all;

create or replace temp table history_first as
select r.reads as feed, min(b.bucket) as first_bucket
from history_bucket as b
inner join history_reads as r on b.feed = r.feed
group by 1
"""


def make(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    """Make the views of rows, and the totals of deliveries by period.

    Args:
        con: Connection with the tables of `scope`, of everything at once.
        contracts: Feeds that are judged or read.
    """
    con.execute(MACROS)
    con.execute(SUMMED)
    for contract in contracts.values():
        con.execute(_row_view(contract))
    dated = [c for c in contracts.values() if c.business_date and any(_has(c, k) for k in ROLES)]
    _keep(con, "history_total", [_totals(contract) for contract in dated])


def add_up(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    """Make the sums by product, outlet and period: of the subjects and of what came before them.

    Args:
        con: Connection with the tables of `scope`, of one part.
        contracts: Feeds that are judged or read.
    """
    con.execute(SUMMED)
    for kind in ROLES:
        dated = [c for c in contracts.values() if c.business_date and _has(c, kind)]
        _keep(con, f"history_{kind}_sum", [_sums(contract, kind) for contract in dated])


def _keep(con: duckdb.DuckDBPyConnection, table: str, parts: list[str]) -> None:
    found = " union all by name ".join(parts) or "select null where false"
    con.execute(f"create or replace temp table {table} as {found}")


def _has(contract: Contract, kind: str) -> bool:
    return any(column.code_of == kind for column in contract.columns)


def _row_view(contract: Contract) -> str:
    return f"""
create or replace temp view {rows(contract.feed)} as
select r.*, e.sender, e.rank, e.unit as _unit, e.period_start as _period_start,
    coalesce(s.rank, {FOREVER}) as until_rank
from {every_view(contract.feed)} as r
inner join history_scope as e on r._delivery_id = e.delivery_id
left join history_ledger as s on r._superseded_by = s.delivery_id
where {outcome("loaded", "r")}"""


def _bucketed(contract: Contract) -> str:
    """The beginning and the end of sums of rows by delivery and period."""
    day = day_of(contract)
    return f"""
select '{contract.feed}' as feed, r.sender, u.unit, r._delivery_id as delivery_id, r.rank,
    r.until_rank, {bucket_of("u.unit", day)} as bucket, {{columns}}
from {rows(contract.feed)} as r
inner join history_summed as u on r._delivery_id = u.delivery_id
inner join history_first as f on u.feed = f.feed and {day} >= f.first_bucket
where u.feed = '{contract.feed}' {{only}}
group by all"""


def _totals(contract: Contract) -> str:
    """Totals of a feed by delivery and period; `tens` counts multiples of ten as sent."""
    quantity = quantity_of(contract)
    columns = f"""count(*) as lines,
    count(*) filter ({quantity} % 10 = 0 and {quantity} <> 0) as tens,
    sum(abs({pieces_of(contract)}))::double as pieces,
    sum(abs({amount_of(contract)}))::double as amount"""
    return _bucketed(contract).format(columns=columns, only="")


def _sums(contract: Contract, kind: str) -> str:
    """Sums of a feed by delivery, period and code."""
    columns = f"""{code_of(contract, kind)} as code, count(*) as lines, min(r._row_no) as row_no,
    sum(abs({pieces_of(contract)}))::double as pieces,
    sum({pieces_of(contract)}) filter ({kind_of(contract)} = 'sale')::double as sold_pieces"""
    return _bucketed(contract).format(columns=columns, only=f"and u.by_{kind}")
