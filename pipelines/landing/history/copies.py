"""B08: a file that repeats an earlier one under another period or another name."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import code_of, pieces_of, quantity_of, rows, value_of
from pipelines.landing.history.rule import HistoryRule, Limits

SKETCH = 16
"""Smallest hashes kept of each file: files 95 % alike share fewer than half once in 10^8."""


def _copy(contract: Contract, limits: Limits) -> str:
    """Jaccard similarity of the multisets of (outlet or batch, product, quantity as sent).

    Files whose smallest hashes hardly agree are not compared row by row.
    """
    place = code_of(contract, "outlet", as_sent=True)
    has_outlet = not place.startswith("null")
    place = place if has_outlet else value_of(contract, "batch_no")
    line = f"{place} as place, {code_of(contract, 'sku', as_sent=True)} as sku, "
    line += f"{quantity_of(contract)} as quantity"
    same_sender = "e.sender = d.sender and e.period <> d.period or" if has_outlet else ""
    alike = limits["copy_of_earlier_ratio"]
    return f"""
with line as (select r._delivery_id as delivery_id, {line} from {rows(contract.feed)} as r),
sketch as (
    select l.delivery_id, unnest(list_distinct(min(hash(place, sku, quantity), {SKETCH}))) as mark
    from line as l
    inner join history_scope as e on l.delivery_id = e.delivery_id
    where e.unit is not null and e.rows_loaded >= {limits["copy_of_earlier_rows"]}
    group by 1
),
sized as (select *, count(*) over (partition by delivery_id) as marks from sketch),
pair as (
    select d.delivery_id, e.delivery_id as earlier_id, e.sender, e.period, e.rank
    from sized as a
    inner join sized as b on a.mark = b.mark
    inner join history_subject as d on a.delivery_id = d.delivery_id
    inner join history_scope as e on b.delivery_id = e.delivery_id
    where e.rank < d.rank and e.until_rank >= d.rank
        and ({same_sender} e.sender <> d.sender and e.period = d.period)
        and least(d.rows_loaded, e.rows_loaded)
            >= {alike} * greatest(d.rows_loaded, e.rows_loaded)
    group by all having count(*) >= 0.5 * least(any_value(a.marks), any_value(b.marks))
),
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
),
alike as (
    select delivery_id, earlier_id, sum(least(here, there)) as shared,
        sum(greatest(here, there)) as both_files
    from token group by 1, 2 having shared >= {alike} * both_files
)
select s.delivery_id, 'copy_of_earlier' as rule_id, null::bigint as row_no,
    p.sender || ' ' || p.period || ': ' || s.shared::bigint || ' / ' || s.both_files::bigint
        as observed,
    '< {alike:.0%}' as expected
from alike as s
inner join pair as p on s.delivery_id = p.delivery_id and s.earlier_id = p.earlier_id
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
    select d.delivery_id, d.rank, d.sender, d.period_end, e.delivery_id as earlier_id, e.period,
        e.period_start
    from history_subject as d
    inner join history_scope as e on d.sender = e.sender and d.feed = e.feed
        and e.period_start < d.period_start and e.rank < d.rank and e.until_rank >= d.rank
        and d.unit = e.unit
    where d.feed = 'stock'
    qualify row_number() over (partition by d.delivery_id order by e.period_start desc) = 1
),
held as (
    select r._delivery_id as delivery_id, {held}, sum({pieces_of(contract)}) as pieces
    from {rows("stock")} as r group by all
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
    inner join history_sku_sum as f on f.feed = 'sellout' and f.sender = p.sender
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
    HistoryRule(("copy_of_earlier",), _copy, feeds=("sellout", "stock")),
    HistoryRule(("stock_unchanged",), _unchanged, feeds=("stock",), needs=("sellout",)),
)
