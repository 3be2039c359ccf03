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
        sum({amount}) filter (not {taxed})::double as net_amount,
        sum({pieces}) filter (not {taxed})::double as net_pieces,
        count(*) filter (not {taxed}) as net_lines,
        sum({amount}) filter ({taxed})::double as gross_amount,
        sum({pieces}) filter ({taxed})::double as gross_pieces,
        count(*) filter ({taxed}) as gross_lines
    from {rows(contract.feed)} as r
    where r._delivery_id in (select delivery_id from history_subject where unit is not null)
        and r._delivery_id in (select delivery_id from price)
        and {kind_of(contract)} = 'sale' and {amount} is not null
    group by r._delivery_id, {bucket_of("r._unit", day_of(contract))}, code
),
priced as (
    select s.delivery_id,
        sum(s.net_amount) / sum(s.net_pieces * k.list_price_per_piece) as net_ratio,
        median(s.net_amount / (s.net_pieces * k.list_price_per_piece)) as net_middle,
        sum(s.gross_amount) / sum(s.gross_pieces * k.list_price_per_piece) as gross_ratio,
        median(s.gross_amount / (s.gross_pieces * k.list_price_per_piece)) as gross_middle,
        sum(s.net_lines) as net_lines, sum(s.gross_lines) as gross_lines,
        sum((s.net_lines + s.gross_lines) * k.vat_ratio) / sum(s.net_lines + s.gross_lines)
            as vat_ratio
    from sold as s
    inner join price as k on s.delivery_id = k.delivery_id and s.code = k.code
    group by 1
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
