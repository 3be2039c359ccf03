"""B08: a file that repeats an earlier one under another period or another name."""

from __future__ import annotations

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.history import scope
from pipelines.landing.history.frames import code_of, pieces_of, quantity_of, rows, value_of
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS
from pipelines.landing.tables import every_view, outcome

SKETCH = 16
"""Smallest hashes kept of each file: files 95 % alike share fewer than half once in 10^8."""


def _tuple(contract: Contract) -> tuple[str, str, str]:
    """SQL of (outlet or batch, product, quantity as sent) of a row r."""
    place = code_of(contract, "outlet", as_sent=True)
    place = value_of(contract, "batch_no") if place.startswith("null") else place
    return place, code_of(contract, "sku", as_sent=True), quantity_of(contract)


def _line(contract: Contract) -> str:
    place, sku, quantity = _tuple(contract)
    return f"""
    select r._delivery_id as delivery_id, {place} as place, {sku} as sku, {quantity} as quantity
    from {every_view(contract.feed)} as r
    where {outcome("loaded", "r")}"""


def _pairs(contract: Contract, limits: Limits) -> str:
    """Files that may be alike by what the ledger knows of them."""
    has_outlet = any(column.code_of == "outlet" for column in contract.columns)
    same_sender = "e.sender = d.sender and e.period <> d.period or" if has_outlet else ""
    alike, few = limits["copy_of_earlier_ratio"], limits["copy_of_earlier_rows"]
    return f"""
create or replace temp table history_pair_of_files as
select d.delivery_id, e.delivery_id as earlier_id, e.sender, e.period, e.rank,
    d.rows_loaded + e.rows_loaded as lines
from history_subject as d
inner join history_scope as e on d.feed = e.feed
    and e.rank < d.rank and e.until_rank >= d.rank
    and ({same_sender} e.sender <> d.sender and e.period = d.period)
where d.feed = '{contract.feed}' and d.unit is not null and e.unit is not null
    and least(d.rows_loaded, e.rows_loaded)
        >= greatest({few}, {alike} * greatest(d.rows_loaded, e.rows_loaded))
    and e.period_start <= d.period_end + {REACH_DAYS}
    and e.period_end >= d.period_start - {REACH_DAYS}"""


def _sketches(contract: Contract) -> str:
    """Leave of the pairs those whose smallest hashes agree; numbered, so many lines a part."""
    return f"""
create or replace temp table history_pair_of_files as
with paired as (
    select delivery_id from history_pair_of_files
    union select earlier_id from history_pair_of_files
),
line as ({_line(contract)} and r._delivery_id in (select delivery_id from paired)),
sketch as (
    select delivery_id, unnest(list_distinct(min(hash(place, sku, quantity), {SKETCH}))) as mark
    from line group by 1
),
sized as (select *, count(*) over (partition by delivery_id) as marks from sketch),
alike as (
    select p.*
    from history_pair_of_files as p
    inner join sized as a on p.delivery_id = a.delivery_id
    inner join sized as b on p.earlier_id = b.delivery_id and a.mark = b.mark
    group by all having count(*) >= 0.5 * least(any_value(a.marks), any_value(b.marks))
)
select *, ((sum(lines) over (order by delivery_id, earlier_id) - lines)
    // {scope.ROWS_OF_PART})::integer as part
from alike"""


def _shared(contract: Contract, part: int) -> str:
    """Jaccard similarity of the multisets of the pairs of one part."""
    return f"""
with line as ({_line(contract)}),
pair as (select delivery_id, earlier_id from history_pair_of_files where part = {part}),
counted as (
    select p.delivery_id, p.earlier_id, l.place, l.sku, l.quantity, 1 as here, 0 as there
    from pair as p inner join line as l on l.delivery_id = p.delivery_id
    union all
    select p.delivery_id, p.earlier_id, l.place, l.sku, l.quantity, 0, 1
    from pair as p inner join line as l on l.delivery_id = p.earlier_id
),
token as (
    select delivery_id, earlier_id, sum(here) as here, sum(there) as there
    from counted group by delivery_id, earlier_id, place, sku, quantity
)
select delivery_id, earlier_id, sum(least(here, there)) as shared,
    sum(greatest(here, there)) as both_files
from token group by 1, 2"""


def _compare(con: duckdb.DuckDBPyConnection, contract: Contract, limits: Limits) -> None:
    """Compare row by row the pairs that neither the ledger nor their smallest hashes tell apart."""
    con.execute("""
        create or replace temp table history_alike (
            delivery_id bigint, earlier_id bigint, shared hugeint, both_files hugeint)""")
    con.execute(_pairs(contract, limits))
    if con.execute("select 1 from history_pair_of_files limit 1").fetchone() is None:
        return
    con.execute(_sketches(contract))
    parts = con.execute("select distinct part from history_pair_of_files order by 1").fetchall()
    for (part,) in parts:
        con.execute(f"insert into history_alike {_shared(contract, part)}")


def _copy(contract: Contract, limits: Limits) -> str:
    """Jaccard similarity of the multisets of (outlet or batch, product, quantity as sent)."""
    del contract
    alike = limits["copy_of_earlier_ratio"]
    return f"""
select s.delivery_id, 'copy_of_earlier' as rule_id, null::bigint as row_no,
    p.sender || ' ' || p.period || ': ' || s.shared::bigint || ' / ' || s.both_files::bigint
        as observed,
    '< {alike:.0%}' as expected
from history_alike as s
inner join history_pair_of_files as p
    on s.delivery_id = p.delivery_id and s.earlier_id = p.earlier_id
where s.shared >= {alike} * s.both_files
qualify row_number() over (
    partition by s.delivery_id order by s.shared / s.both_files desc, p.rank) = 1"""


def _unchanged(contract: Contract, limits: Limits) -> str:
    """Stock that stands as it stood, although the sender reported sales since the last count.

    Sales received after the stock count do not tell: those of the period before then do.
    """
    keys = "sender, warehouse_code, sku_code, batch_no, production_date, stock_status"
    held = ", ".join(f"r.{key}" for key in keys.split(", "))
    return f"""
with pair as (
    select d.delivery_id, d.rank, d.sender, d.period_end, d.unit, e.delivery_id as earlier_id,
        e.period, e.period_start
    from history_subject as d
    inner join history_scope as e on d.sender = e.sender and d.feed = e.feed
        and e.period_start < d.period_start and e.rank < d.rank and e.until_rank >= d.rank
        and d.unit = e.unit
        and e.period_end >= d.period_start - {REACH_DAYS}
    where d.feed = 'stock'
    qualify row_number() over (partition by d.delivery_id order by e.period_start desc) = 1
),
held as (
    select r._delivery_id as delivery_id, {held}, sum({pieces_of(contract)}) as pieces
    from {rows("stock")} as r
    where r._delivery_id in (select delivery_id from pair union all select earlier_id from pair)
    group by all
),
both_counts as (
    select p.delivery_id, h.* exclude (delivery_id, pieces), h.pieces as now, null as before
    from pair as p inner join held as h on h.delivery_id = p.delivery_id
    union all
    select p.delivery_id, h.* exclude (delivery_id, pieces), null, h.pieces
    from pair as p inner join held as h on h.delivery_id = p.earlier_id
),
compared as (
    select delivery_id, max(now) as now, max(before) as before
    from both_counts group by delivery_id, {keys}
),
share as (
    select delivery_id, count(*) filter (now = before) as same, count(*) as batches
    from compared group by 1
    having batches >= {limits["copy_of_earlier_rows"]}
        and same >= {limits["stock_unchanged_ratio"]} * batches
),
sold as (
    select p.delivery_id, sum(f.pieces) as pieces
    from pair as p
    inner join share on p.delivery_id = share.delivery_id
    inner join history_total as f on f.feed = 'sellout' and f.sender = p.sender and f.unit = p.unit
        and f.bucket between p.period_start and p.period_end
        and f.rank < p.rank and f.until_rank >= p.rank
    group by 1 having sum(f.pieces) > 0
)
select p.delivery_id, 'stock_unchanged' as rule_id, null::bigint as row_no,
    p.period || ': ' || s.same || ' / ' || s.batches as observed,
    '< {limits["stock_unchanged_ratio"]:.0%}' as expected
from pair as p
inner join share as s on p.delivery_id = s.delivery_id
inner join sold on p.delivery_id = sold.delivery_id"""


RULES = (
    HistoryRule(
        ("copy_of_earlier",),
        _copy,
        feeds=("sellout", "stock"),
        prepare=_compare,
        across_senders=True,
    ),
    HistoryRule(("stock_unchanged",), _unchanged, feeds=("stock",), needs=("sellout",)),
)
