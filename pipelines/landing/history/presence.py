"""B45: products or outlets a sender always reports, and now does not."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.rule import HistoryRule, Limits


def _usual(kind: str, contract: Contract, limits: Limits) -> str:
    """Codes reported in seven of the last eight periods, and whether the file has them."""
    return f"""
select b.delivery_id, '{kind}' as kind, s.code,
    exists (select 1 from history_{kind}_sum as o
        where o.delivery_id = b.delivery_id and o.code = s.code) as is_there
from history_bucket as b
inner join history_subject as d on b.delivery_id = d.delivery_id
inner join history_{kind}_sum as s on b.feed = s.feed and b.sender = s.sender
    and b.unit = s.unit and b.bucket = s.bucket
    and s.rank < b.rank and s.until_rank >= b.rank
where b.feed = '{contract.feed}' and s.feed = '{contract.feed}' and b.nth <= 8
    and s.code is not null and not starts_with(s.code, 'UNKNOWN-')
group by all having count(distinct b.nth) >= {limits["usual_rows_periods"]}"""


def _missing(contract: Contract, limits: Limits) -> str:
    """One missing product or outlet is everyday life; a good part of the usual ones is not."""
    kinds = {column.code_of for column in contract.columns} & {"sku", "outlet"}
    usual = " union all ".join(
        _usual(str(kind), contract, limits) for kind in sorted(map(str, kinds))
    )
    return f"""
with usual as ({usual}),
missing as (
    select delivery_id, kind, count(*) filter (not is_there) as missing, count(*) as codes,
        array_to_string(list(code order by code) filter (not is_there)[:5], ', ') as first_codes
    from usual group by 1, 2
    having missing >= {limits["usual_rows_missing_codes"]}
        and missing >= {limits["usual_rows_missing_ratio"]} * codes
)
select delivery_id, 'usual_rows_missing' as rule_id, null::bigint as row_no,
    string_agg(kind || ' ' || missing || ' / ' || codes || ': ' || first_codes
        || if(missing > 5, ' …', ''), '; ' order by kind desc) as observed,
    null::varchar as expected
from missing group by 1"""


RULES = (HistoryRule(("usual_rows_missing",), _missing, feeds=("sellout", "stock", "movement")),)
