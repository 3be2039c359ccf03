"""B50: store checks that look as if nobody had looked."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import code_of, rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS

SEEN = ("is_present", "facings", "stock_quantity", "shelf_price", "promo_price")


def _all_yes(contract: Contract, limits: Limits) -> str:
    """A long list of questions, each of them answered with yes."""
    return f"""
select d.delivery_id, 'answers_all_yes' as rule_id, min(r._row_no) as row_no,
    r.visit_id || ': ' || count(*) as observed, null::varchar as expected
from {rows(contract.feed)} as r
inner join history_subject as d on r._delivery_id = d.delivery_id
group by d.delivery_id, r.visit_id
having count(*) >= {limits["answers_all_yes_rows"]}
    and bool_and(coalesce(r.answer, '') = 'yes')"""


def _repeats(contract: Contract, limits: Limits) -> str:
    """A visit that finds every product as the visit before it did, counts and prices alike.

    Presence alone is often the same; a visit is judged where it counted facings or stock.
    """
    outlet = code_of(contract, "outlet", as_sent=True)
    seen = ", ".join(f"r.{name}" for name in ("sku_code", *SEEN))
    return f"""
with visit as (
    select r._delivery_id as delivery_id, r.rank, min(r.until_rank) as until_rank, r.visit_id,
        r.visit_date, {outlet} as outlet, min(r._row_no) as row_no, count(*) as products,
        count(coalesce(r.facings, r.stock_quantity)) as counted,
        md5(list(row({seen}) order by r.sku_code)::varchar) as found
    from {rows(contract.feed)} as r group by all
),
pair as (
    select v.delivery_id, v.visit_id, v.row_no, v.products, v.found = o.found as is_same,
        o.visit_id as last_visit_id, o.visit_date as last_date
    from visit as v
    inner join history_subject as d on v.delivery_id = d.delivery_id
    inner join visit as o on v.outlet = o.outlet and o.visit_date < v.visit_date
        and o.visit_date >= d.period_start - {REACH_DAYS}
        and (o.delivery_id = v.delivery_id or o.rank < v.rank and o.until_rank > v.rank)
    where v.counted >= {limits["visit_repeats_rows"]}
    qualify row_number() over (partition by v.delivery_id, v.visit_id
        order by o.visit_date desc, o.rank desc, o.visit_id desc) = 1
)
select delivery_id, 'visit_repeats_last' as rule_id, row_no,
    visit_id || ' = ' || last_visit_id || ' ' || last_date || ': ' || products as observed,
    null::varchar as expected
from pair where is_same"""


RULES = (
    HistoryRule(("answers_all_yes",), _all_yes, feeds=("check_question",)),
    HistoryRule(("visit_repeats_last",), _repeats, feeds=("check_sku",)),
)
