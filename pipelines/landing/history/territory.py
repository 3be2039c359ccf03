"""B44: sales to outlets that another distributor serves."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import day_of, kind_of, pieces_of, rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.tables import every_view, outcome


def _outside(contract: Contract, limits: Limits) -> str:
    """Once for each outlet of a file, at its first row; as assigned on the day of the sale."""
    del limits
    day = day_of(contract)
    return f"""
with assigned as (
    select a._delivery_id as master_id, a.outlet_code, a.distributor_code,
        coalesce(a.valid_from, date '0001-01-01') as valid_from,
        coalesce(a.valid_to, date '9999-12-31') as valid_to
    from {every_view("assignment")} as a
    where {outcome("loaded", "a")} and a.role = 'distributor' and a.outlet_code is not null
        and a.distributor_code is not null
),
visited as (
    select distinct r._delivery_id as delivery_id, r.outlet_code as code
    from {rows(contract.feed)} as r
    where r._delivery_id in (
        select delivery_id from history_master where feed = 'assignment')
),
elsewhere as (
    select distinct d.delivery_id, o.code as outlet_code, m.master_id
    from history_subject as d
    inner join visited as o on d.delivery_id = o.delivery_id
    inner join history_master as m on d.delivery_id = m.delivery_id and m.feed = 'assignment'
    inner join assigned as a on m.master_id = a.master_id and o.code = a.outlet_code
    where d.feed = '{contract.feed}' and d.unit is not null and a.distributor_code <> d.sender
)
select r._delivery_id as delivery_id, 'out_of_territory' as rule_id, min(r._row_no) as row_no,
    r.outlet_code || ': ' || history_figure(sum({pieces_of(contract)})) as observed,
    min(a.distributor_code) as expected
from {rows(contract.feed)} as r
inner join elsewhere as e on r._delivery_id = e.delivery_id and r.outlet_code = e.outlet_code
inner join assigned as a on e.master_id = a.master_id and r.outlet_code = a.outlet_code
    and {day} between a.valid_from and a.valid_to
where {kind_of(contract)} = 'sale'
group by r._delivery_id, r.outlet_code, r.distributor_code, r.sender
having not bool_or(a.distributor_code = coalesce(r.distributor_code, r.sender))"""


RULES = (HistoryRule(("out_of_territory",), _outside, feeds=("sellout",), needs=("assignment",)),)
