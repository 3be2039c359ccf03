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


def make(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    """Make the views of rows, and the sums by product, outlet and period of those that have a date.

    Args:
        con: Connection with the tables of `scope`.
        contracts: Feeds that are judged or read.
    """
    con.execute(MACROS)
    con.execute("""
        create or replace temp table history_unit as
        with read as (
            select r.reads as feed, b.sender, b.unit, b.bucket
            from history_bucket as b
            inner join history_reads as r on b.feed = r.feed
        ),
        since as (select feed, min(bucket) as first_bucket from read group by 1)
        select distinct read.feed, read.sender, read.unit, since.first_bucket
        from read inner join since on read.feed = since.feed""")
    for contract in contracts.values():
        con.execute(_row_view(contract))
    for kind in ROLES:
        dated = [c for c in contracts.values() if c.business_date and _has(c, kind)]
        empty = "select null where false"
        parts = " union all by name ".join(_sums(contract, kind) for contract in dated) or empty
        con.execute(f"create or replace temp table history_{kind}_sum as {parts}")


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


def _sums(contract: Contract, kind: str) -> str:
    """Sums of a feed by delivery, period and code; `tens` counts multiples of ten as sent."""
    day = day_of(contract)
    is_sale = f"({kind_of(contract)} = 'sale')"
    taxed = value_of(contract, "tax_included", "false")
    pieces, amount = pieces_of(contract), amount_of(contract)
    priced = f"{is_sale} and {amount} is not null"
    return f"""
select '{contract.feed}' as feed, r.sender, u.unit, r._delivery_id as delivery_id, r.rank,
    r.until_rank,
    case u.unit when 'day' then {day} when 'week' then date_trunc('week', {day})
        else date_trunc('month', {day}) end::date as bucket,
    {code_of(contract, kind)} as code,
    count(*) as lines, min(r._row_no) as row_no,
    count(*) filter ({quantity_of(contract)} % 10 = 0 and {quantity_of(contract)} <> 0) as tens,
    sum(abs({pieces}))::double as pieces, sum(abs({amount}))::double as amount,
    sum({pieces}) filter ({is_sale})::double as sold_pieces,
    sum({amount}) filter ({priced} and not {taxed})::double as net_amount,
    sum({pieces}) filter ({priced} and not {taxed})::double as net_pieces,
    count(*) filter ({priced} and not {taxed}) as net_lines,
    sum({amount}) filter ({priced} and {taxed})::double as gross_amount,
    sum({pieces}) filter ({priced} and {taxed})::double as gross_pieces,
    count(*) filter ({priced} and {taxed}) as gross_lines
from {rows(contract.feed)} as r
inner join history_unit as u
    on u.feed = '{contract.feed}' and r.sender = u.sender and {day} >= u.first_bucket
group by all"""
