"""B10: a document that somebody has reported already."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import amount_of, code_of, day_of, rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS


def _reported_by_two(contract: Contract, limits: Limits) -> str:
    """The same number, amount and count of lines, in a file of other days or another sender's.

    Another sender's is the same document for the same day and outlet; where one of the outlets is
    not known, the day decides. Files of one sender for the same days replace each other.
    """
    del limits
    return f"""
with document as (
    select r._delivery_id as delivery_id, r.document_no, min(r.until_rank) as until_rank,
        sum({amount_of(contract)}) as amount, count(*) as lines, min(r._row_no) as row_no,
        min({day_of(contract)}) as day,
        min({code_of(contract, "outlet")}) as outlet
    from {rows(contract.feed)} as r group by 1, 2 having amount <> 0
),
twice as (
    select * from document
    qualify count(*) over (partition by document_no, amount, lines) > 1
)
select d.delivery_id, 'reported_by_two' as rule_id, t.row_no,
    t.document_no || ' ' || history_figure(t.amount) || ': ' || e.sender || ' ' || e.period
        as observed,
    null::varchar as expected
from twice as t
inner join history_subject as d on t.delivery_id = d.delivery_id
inner join twice as o on t.document_no = o.document_no and t.amount = o.amount
    and t.lines = o.lines
inner join history_scope as e on o.delivery_id = e.delivery_id
where e.rank < d.rank and o.until_rank >= d.rank
    and if(e.sender = d.sender, e.period_start > d.period_end or e.period_end < d.period_start,
        t.day = o.day and (t.outlet is not distinct from o.outlet
            or starts_with(t.outlet, 'UNKNOWN-') or starts_with(o.outlet, 'UNKNOWN-')))
    and e.period_start <= d.period_end + {REACH_DAYS}
    and e.period_end >= d.period_start - {REACH_DAYS}
qualify row_number() over (partition by d.delivery_id, t.document_no order by e.rank) = 1"""


RULES = (HistoryRule(("reported_by_two",), _reported_by_two, feeds=("sellout",)),)
