"""B27: amounts that hold tax although the file says they do not, or the other way round."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import (
    amount_of,
    bucket_of,
    code_of,
    day_of,
    kind_of,
    pieces_of,
    rows,
    value_of,
)
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.tables import every_view


def _tax(contract: Contract, limits: Limits) -> str:
    """Amounts against pieces × list price without tax, over all sales of the file.

    The middle product must say the same, so that a few dear lines on offer decide nothing.
    """
    lines, tolerance = limits["tax_rows"], limits["tax_tolerance_ratio"]
    taxed = value_of(contract, "tax_included", "false")
    amount, pieces = amount_of(contract), pieces_of(contract)
    return f"""
with price as (
    select m.delivery_id, k.sku_code as code, k.list_price_per_piece, k.vat_ratio
    from history_master as m
    inner join {every_view("sku")} as k on m.master_id = k._delivery_id
    where m.feed = 'sku' and k.list_price_per_piece > 0 and k.vat_ratio > 0
),
sold as (
    select r._delivery_id as delivery_id, {code_of(contract, "sku")} as code,
        {taxed} as is_gross, sum({amount})::double as amount, sum({pieces})::double as pieces,
        count(*) as lines
    from {rows(contract.feed)} as r
    where r._delivery_id in (select delivery_id from history_subject where unit is not null)
        and r._delivery_id in (select delivery_id from price)
        and {kind_of(contract)} = 'sale' and {amount} is not null
    group by r._delivery_id, {bucket_of("r._unit", day_of(contract))}, code, is_gross
),
ratio as (
    select s.delivery_id, s.is_gross, s.lines, s.amount, k.vat_ratio,
        s.pieces * k.list_price_per_piece as listed
    from sold as s
    inner join price as k on s.delivery_id = k.delivery_id and s.code = k.code
),
priced as (
    select delivery_id,
        sum(amount) filter (not is_gross) / sum(listed) filter (not is_gross) as net_ratio,
        median(amount / listed) filter (not is_gross) as net_middle,
        sum(amount) filter (is_gross) / sum(listed) filter (is_gross) as gross_ratio,
        median(amount / listed) filter (is_gross) as gross_middle,
        coalesce(sum(lines) filter (not is_gross), 0) as net_lines,
        coalesce(sum(lines) filter (is_gross), 0) as gross_lines,
        sum(lines * vat_ratio) / sum(lines) as vat_ratio
    from ratio group by 1
),
judged as (
    select *, least({tolerance}, vat_ratio / 3) as tolerance from priced
)
select delivery_id, 'tax_looks_included' as rule_id, null::bigint as row_no,
    round(net_ratio, 3)::varchar as observed, '1' as expected
from judged
where net_lines >= {lines}
    and abs(net_ratio - 1 - vat_ratio) <= tolerance
    and abs(net_middle - 1 - vat_ratio) <= tolerance
union all
select delivery_id, 'tax_looks_excluded', null, round(gross_ratio, 3)::varchar,
    history_figure(round(1 + vat_ratio, 3))
from judged
where gross_lines >= {lines} and abs(gross_ratio - 1) <= tolerance
    and abs(gross_middle - 1) <= tolerance"""


RULES = (
    HistoryRule(
        ("tax_looks_included", "tax_looks_excluded"), _tax, feeds=("sellout",), needs=("sku",)
    ),
)
