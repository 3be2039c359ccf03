"""B36 and B38: quantities nobody buys, and quantities that look made up."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import (
    code_of,
    day_of,
    kind_of,
    pieces_of,
    rows,
)
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS

PAST = """
    from history_bucket as b
    inner join history_subject as d on b.delivery_id = d.delivery_id
    inner join history_{sums} as s on b.feed = s.feed and b.sender = s.sender
        and b.unit = s.unit and b.bucket = s.bucket
        and s.rank < b.rank and s.until_rank >= b.rank
    where b.nth < 100"""
"""Sums s of the periods before a delivery d, as they stood when it was received."""


def _unusual(contract: Contract, limits: Limits) -> str:
    """A sale far above those of 26 weeks: robust z of logs, and above all but the largest.

    It must stand out from the sender's sales of the product to all outlets, and from those to
    that outlet where there are enough of them. Only lines of some times the average are looked
    at closely.
    """
    few, sigmas = limits["quantity_history_rows"], limits["quantity_unusual_sigmas"]
    floor = limits["quantity_spread_floor_log"]
    pieces = pieces_of(contract)
    line = f"""
    select r._delivery_id as delivery_id, r.sender, r.rank, r.until_rank, r._row_no as row_no,
        {day_of(contract)} as day, {code_of(contract, "outlet", as_sent=True)} as outlet,
        {code_of(contract, "sku")} as sku, {pieces}::double as pieces
    from {rows(contract.feed)} as r
    where {kind_of(contract)} = 'sale' and {pieces} > 0"""
    reach = f"""l.day >= g.period_start - {REACH_DAYS} and l.day < g.period_start
        and l.rank < g.rank and l.until_rank >= g.rank"""
    return f"""
with line as not materialized ({line}),
usual as (
    select b.delivery_id, s.code as sku, sum(s.pieces) / sum(s.lines) as average
    {PAST.format(sums="sku_sum")}
        and b.feed = '{contract.feed}'
    group by 1, 2
),
large as materialized (
    select l.delivery_id, d.sender, d.rank, d.period_start, l.row_no, l.outlet, l.sku, l.pieces
    from line as l
    inner join history_subject as d on l.delivery_id = d.delivery_id
    inner join usual as u on l.delivery_id = u.delivery_id and l.sku = u.sku
    where l.delivery_id in (select delivery_id from usual)
        and l.pieces >= {limits["quantity_unusual_ratio"]} * u.average
),
asked as (select distinct delivery_id, sender, rank, period_start, sku from large),
known as (
    select g.delivery_id, g.sku, median(ln(l.pieces)) as middle,
        greatest(1.4826 * mad(ln(l.pieces)), {floor}) as spread,
        quantile_cont(l.pieces, {limits["quantity_unusual_percentile_ratio"]}) as top
    from asked as g
    inner join line as l on g.sender = l.sender and g.sku = l.sku and {reach}
    group by 1, 2 having count(*) >= {few}
),
far as materialized (
    select g.*, k.middle
    from large as g
    inner join known as k on g.delivery_id = k.delivery_id and g.sku = k.sku
    where g.pieces > k.top and ln(g.pieces) - k.middle > {sigmas} * k.spread
),
of_outlet as (
    select g.delivery_id, g.row_no, median(ln(l.pieces)) as middle,
        greatest(1.4826 * mad(ln(l.pieces)), {floor}) as spread
    from far as g
    inner join line as l on g.sender = l.sender and g.sku = l.sku and g.outlet = l.outlet
        and {reach}
    group by 1, 2 having count(*) >= {few}
)
select g.delivery_id, 'quantity_unusual' as rule_id, g.row_no,
    history_figure(g.pieces::decimal(18, 3)) as observed,
    '~ ' || exp(coalesce(o.middle, g.middle))::decimal(18, 0) as expected
from far as g
left join of_outlet as o on g.delivery_id = o.delivery_id and g.row_no = o.row_no
where o.middle is null or ln(g.pieces) - o.middle > {sigmas} * o.spread"""


def _round(contract: Contract, limits: Limits) -> str:
    """Share of multiples of ten against the sender's usual share and its spread over periods.

    The spread is at least what chance gives a file of that many lines.
    """
    return f"""
with period as (
    select b.delivery_id, b.nth, sum(s.tens) / sum(s.lines) as share
    {PAST.format(sums="total")}
        and b.feed = '{contract.feed}'
    group by 1, 2
),
usual as (
    select delivery_id, avg(share) as share, stddev_samp(share) as spread
    from period group by 1 having count(*) >= {limits["history_periods"]}
),
own as (
    select d.delivery_id, sum(s.tens) / sum(s.lines) as share, sum(s.lines) as lines
    from history_subject as d
    inner join history_total as s on d.delivery_id = s.delivery_id and d.unit = s.unit
    where d.feed = '{contract.feed}'
    group by 1 having lines >= {limits["round_numbers_rows"]}
)
select o.delivery_id, 'round_numbers' as rule_id, null::bigint as row_no,
    round(100 * o.share)::integer || '%' as observed,
    '~ ' || round(100 * u.share)::integer || '%' as expected
from own as o
inner join usual as u on o.delivery_id = u.delivery_id
where o.share > u.share + {limits["round_numbers_sigmas"]}
    * greatest(u.spread, sqrt(u.share * (1 - u.share) / o.lines), {1.0} / o.lines)"""


RULES = (
    HistoryRule(("quantity_unusual",), _unusual, feeds=("sellout",)),
    HistoryRule(("round_numbers",), _round, feeds=("sellout", "stock")),
)
