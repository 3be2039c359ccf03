"""B42: an expiry date that the day of production and the product's shelf life do not give."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.tables import every_view


def _differs(contract: Contract, limits: Limits) -> str:
    return f"""
select r._delivery_id as delivery_id, 'shelf_life_differs' as rule_id, r._row_no as row_no,
    r.production_date || ' → ' || r.expiry_date as observed,
    (r.production_date + k.shelf_life_days::integer)::varchar as expected
from {rows(contract.feed)} as r
inner join history_master as m on r._delivery_id = m.delivery_id and m.feed = 'sku'
inner join {every_view("sku")} as k on m.master_id = k._delivery_id and r.sku_code = k.sku_code
where abs(r.expiry_date - r.production_date - k.shelf_life_days)
    > {limits["shelf_life_tolerance_days"]}"""


RULES = (HistoryRule(("shelf_life_differs",), _differs, feeds=("stock",), needs=("sku",)),)
