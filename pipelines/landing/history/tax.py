"""B27: amounts that hold tax although the file says they do not, or the other way round."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.tables import every_view


def _tax(contract: Contract, limits: Limits) -> str:
    """Amounts against pieces × list price without tax, over all sales of the file.

    The middle product must say the same, so that a few dear lines on offer decide nothing.
    """
    del contract
    lines, tolerance = limits["tax_rows"], limits["tax_tolerance_ratio"]
    return f"""
with priced as (
    select d.delivery_id,
        sum(s.net_amount) / sum(s.net_pieces * k.list_price_per_piece) as net_ratio,
        median(s.net_amount / (s.net_pieces * k.list_price_per_piece)) as net_middle,
        sum(s.gross_amount) / sum(s.gross_pieces * k.list_price_per_piece) as gross_ratio,
        median(s.gross_amount / (s.gross_pieces * k.list_price_per_piece)) as gross_middle,
        sum(s.net_lines) as net_lines, sum(s.gross_lines) as gross_lines,
        sum((s.net_lines + s.gross_lines) * k.vat_ratio) / sum(s.net_lines + s.gross_lines)
            as vat_ratio
    from history_subject as d
    inner join history_sku_sum as s on d.delivery_id = s.delivery_id
    inner join history_master as m on d.delivery_id = m.delivery_id and m.feed = 'sku'
    inner join {every_view("sku")} as k on m.master_id = k._delivery_id and s.code = k.sku_code
    where d.feed = 'sellout' and k.list_price_per_piece > 0 and k.vat_ratio > 0
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
