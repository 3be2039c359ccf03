"""B48: claims for a promotion nobody knows, for another time than its own, or made twice."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import code_of, day_of, owner_of, rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS
from pipelines.landing.tables import every_view, outcome


def _unfounded(contract: Contract, limits: Limits) -> str:
    """Whether the list of promotions then known has the promotion, and in the claim's month.

    Distributors order before a promotion begins: its time runs from the earlier of the two days.
    """
    del limits
    month = day_of(contract)
    return f"""
with known as (
    select p._delivery_id as master_id, p.promo_code,
        min(least(p.start_date, p.sellin_start_date)) as first_day, max(p.end_date) as last_day
    from {every_view("promotion")} as p
    where {outcome("loaded", "p")} group by 1, 2
),
claimed as (
    select d.delivery_id, r._row_no as row_no, r.claim_no, r.promo_code,
        strftime({month}, '%Y-%m') as month,
        min(k.first_day) as first_day, max(k.last_day) as last_day,
        bool_or({month} <= k.last_day and last_day({month}) >= k.first_day) as is_inside
    from {rows(contract.feed)} as r
    inner join history_subject as d on r._delivery_id = d.delivery_id
    inner join history_master as m on d.delivery_id = m.delivery_id and m.feed = 'promotion'
    left join known as k on m.master_id = k.master_id and r.promo_code = k.promo_code
    where r.promo_code is not null group by all
)
select delivery_id,
    if(first_day is null, 'claim_without_promotion', 'claim_outside_promotion') as rule_id, row_no,
    claim_no || ' ' || promo_code || ': ' || month as observed,
    first_day || ' … ' || last_day as expected
from claimed where not coalesce(is_inside, false)"""


def _twice(contract: Contract, limits: Limits) -> str:
    """The same promotion or agreement, place, product, kind and month under another number."""
    del limits
    same = ("promo_code", "agreement_no", "banner", "sku_code", "brand", "claim_type")
    columns = ", ".join(f"r.{name}" for name in same)
    alike = " and ".join(f"o.{name} is not distinct from l.{name}" for name in (*same, "outlet"))
    return f"""
with line as (
    select r._delivery_id as delivery_id, r.rank, r.until_rank, r._row_no as row_no, r.claim_no,
        {owner_of(contract)} as owner, {day_of(contract)} as month, {columns},
        {code_of(contract, "outlet", as_sent=True)} as outlet
    from {rows(contract.feed)} as r
    where coalesce(r.promo_code, r.agreement_no) is not null
)
select d.delivery_id, 'claim_twice' as rule_id, l.row_no,
    l.claim_no || ' = ' || o.claim_no || ': ' || concat_ws(' ', coalesce(l.promo_code,
        l.agreement_no), l.outlet, strftime(l.month, '%Y-%m')) as observed,
    null::varchar as expected
from line as l
inner join history_subject as d on l.delivery_id = d.delivery_id
inner join line as o on o.owner = l.owner and o.month = l.month and o.claim_no <> l.claim_no
    and {alike}
where (o.delivery_id = l.delivery_id and o.row_no < l.row_no
        or o.rank < l.rank and o.until_rank > l.rank)
    and o.month >= d.period_start - {REACH_DAYS}
qualify row_number() over (
    partition by l.delivery_id, l.row_no order by o.rank, o.row_no) = 1"""


RULES = (
    HistoryRule(
        ("claim_without_promotion", "claim_outside_promotion"),
        _unfounded,
        feeds=("claim",),
        needs=("promotion",),
    ),
    HistoryRule(("claim_twice",), _twice, feeds=("claim",)),
)
