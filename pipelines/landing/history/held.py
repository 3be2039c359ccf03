"""B43: more was sold than was there to sell."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.rule import HistoryRule, Limits

EMPTY = """
    select d.delivery_id, s.code as sku
    from history_subject as d
    inner join history_sku_sum as s on s.feed = 'stock' and s.sender = d.sender
        and s.unit = d.unit
    where d.feed = '{feed}' and s.bucket in (d.period_start, d.period_start - 7)
        and d.unit <> 'month'
        and (s.delivery_id = d.delivery_id or s.rank < d.rank and s.until_rank >= d.rank)
    group by 1, 2
    having count(distinct s.bucket) = 2 and sum(s.pieces) = 0"""
"""Products a sender counted at the end of this period and of the one before, and had none of."""

SOLD = """
    select d.delivery_id, s.code as sku, sum(s.sold_pieces) as pieces, min(s.row_no) as row_no
    from history_subject as d
    inner join history_sku_sum as s on s.feed = 'sellout' and s.sender = d.sender
        and s.unit = d.unit
    where d.feed = '{feed}' and s.bucket = d.period_start
        and (s.delivery_id = d.delivery_id or s.rank < d.rank and s.until_rank > d.rank)
    group by 1, 2 having sum(s.sold_pieces) > 0"""


def _sold_out(contract: Contract, limits: Limits) -> str:
    """Sales of a product of which none was counted at both ends of the period.

    Said of whichever of the sales and the closing count was received last, at its first row of
    the product.
    """
    del limits
    return f"""
with empty as ({EMPTY.format(feed=contract.feed)}),
sold as ({SOLD.format(feed=contract.feed)}),
own as (
    select delivery_id, code as sku, min(row_no) as row_no from history_sku_sum group by 1, 2
)
select e.delivery_id, 'sold_more_than_held' as rule_id, o.row_no,
    e.sku || ': ' || history_figure(s.pieces::decimal(18, 3)) as observed, '0' as expected
from empty as e
inner join sold as s on e.delivery_id = s.delivery_id and e.sku = s.sku
inner join own as o on e.delivery_id = o.delivery_id and e.sku = o.sku"""


RULES = (
    HistoryRule(("sold_more_than_held",), _sold_out, feeds=("sellout",), needs=("stock",)),
    HistoryRule(("sold_more_than_held",), _sold_out, feeds=("stock",), needs=("sellout",)),
)
