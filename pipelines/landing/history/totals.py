"""B52: a file whose total is far from what the sender usually reports.

The total of a file is held against the median of the eight periods before it, times the season.
The season is what the sender's own total did in the same festival week of the year before; where
the calendar knows none, what the totals of other senders for the same period, received before,
did on the median; with fewer than five of those it is 1. The total is unusual when it is outside
[0.4, 2.5] of that and, so that senders who always go up and down are left alone, also more than
five robust standard deviations of the sender's own 26 weeks of logs away.
"""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.rule import HistoryRule, Limits


def _measured(contract: Contract) -> bool:
    has_code = any(column.code_of in ("sku", "outlet") for column in contract.columns)
    has_size = any(column.pieces or column.control for column in contract.columns)
    return bool(contract.business_date) and has_code and has_size


def _unusual(contract: Contract, limits: Limits) -> str:
    size = "pieces" if any(column.pieces for column in contract.columns) else "amount"
    low, high = limits["total_low_ratio"], limits["total_high_ratio"]
    few = limits["total_history_periods"]
    return f"""
with past as (
    select b.delivery_id, b.nth, ln(sum(s.{size})) as size
    from history_bucket as b
    inner join history_total as s on b.feed = s.feed and b.sender = s.sender
        and b.unit = s.unit and b.bucket = s.bucket
        and s.rank < b.rank and s.until_rank >= b.rank
    where b.feed = '{contract.feed}'
    group by 1, 2 having sum(s.{size}) > 0
),
usual as (
    select delivery_id, median(size) filter (nth <= 8) as middle,
        1.4826 * mad(size) filter (nth < 100) as spread,
        any_value(size) filter (nth = 100) - median(size) filter (nth > 100) as last_year
    from past group by 1 having count(*) filter (nth <= 8) >= {few}
),
own as (
    select p.delivery_id, p.sender, p.period, p.rank, p.until_rank, u.middle, u.spread,
        u.last_year, ln(sum(s.{size})) as size
    from history_peer as p
    inner join history_total as s on p.delivery_id = s.delivery_id and p.unit = s.unit
    inner join usual as u on p.delivery_id = u.delivery_id
    where p.feed = '{contract.feed}'
    group by all having sum(s.{size}) > 0
),
season as (
    select o.delivery_id, median(p.size - p.middle) as peers
    from own as o
    inner join own as p on o.period = p.period and o.sender <> p.sender
        and p.rank < o.rank and p.until_rank >= o.rank
    group by 1 having count(*) >= {limits["total_peers_senders"]}
),
judged as (
    select o.delivery_id, o.size, o.spread,
        o.middle + coalesce(o.last_year, season.peers, 0) as expected
    from own as o
    inner join history_subject as d on o.delivery_id = d.delivery_id
    left join season on o.delivery_id = season.delivery_id
)
select delivery_id, 'total_unusual' as rule_id, null::bigint as row_no,
    history_figure(exp(size)::decimal(18, 0)) as observed,
    '~ ' || history_figure(exp(expected)::decimal(18, 0)) as expected
from judged
where (size - expected < ln({low}) or size - expected > ln({high}))
    and abs(size - expected) > {limits["total_unusual_sigmas"]} * spread"""


RULES = (
    HistoryRule(
        ("total_unusual",), _unusual, helps=("calendar",), suits=_measured, across_senders=True
    ),
)
