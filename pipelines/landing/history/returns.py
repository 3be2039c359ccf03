"""B34: more came back from an outlet than it ever got."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import code_of, day_of, kind_of, pieces_of, rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS

OLDEST = REACH_DAYS // 7
"""Weeks back to the oldest period in reach."""


def _exceeds(contract: Contract, limits: Limits) -> str:
    """Returns against sales of one product to one outlet, over 26 weeks and this file.

    Only senders whose sales go back that far are judged: what was sold before the first file came
    may well come back.
    """
    del limits
    pieces, outlet = pieces_of(contract), code_of(contract, "outlet", as_sent=True)
    line = f"""
    select r._delivery_id as delivery_id, r.sender, r.rank, r.until_rank, r._row_no as row_no,
        {day_of(contract)} as day, {outlet} as outlet, r.sku_code as sku, {pieces} as pieces,
        {kind_of(contract)} = 'return' or {pieces} < 0 as is_return
    from {rows(contract.feed)} as r"""
    return f"""
with line as not materialized ({line}),
known as (
    select distinct b.delivery_id
    from history_bucket as b
    inner join history_total as s on b.feed = s.feed and b.sender = s.sender
        and b.unit = s.unit and b.bucket = s.bucket and s.rank < b.rank
    where b.feed = '{contract.feed}' and b.nth between {OLDEST} - 1 and {OLDEST}
),
back as materialized (
    select d.*, l.outlet, l.sku, min(l.row_no) as row_no
    from line as l
    inner join history_subject as d on l.delivery_id = d.delivery_id
    where l.is_return and l.delivery_id in (select delivery_id from known)
    group by all
),
balance as (
    select b.delivery_id, b.outlet, b.sku, b.row_no,
        sum(abs(l.pieces)) filter (l.is_return) as returned,
        coalesce(sum(l.pieces) filter (not l.is_return), 0) as sold
    from back as b
    inner join line as l on b.sender = l.sender and b.outlet = l.outlet and b.sku = l.sku
        and l.day between b.period_start - {REACH_DAYS} and b.period_end
    where l.delivery_id = b.delivery_id or l.rank < b.rank and l.until_rank > b.rank
    group by all having returned > sold
)
select delivery_id, 'return_exceeds_sales' as rule_id, row_no,
    outlet || ' ' || sku || ': ' || history_figure(returned) as observed,
    '<= ' || history_figure(sold) as expected
from balance"""


RULES = (HistoryRule(("return_exceeds_sales",), _exceeds, feeds=("sellout",)),)
