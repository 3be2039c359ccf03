"""B04: a period sent again with only part of its rows."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.tables import every_view, outcome


def _partial(contract: Contract, limits: Limits) -> str:
    """Fewer than half the rows of the version before, and no key that one has not.

    Where lines are told apart by their order, the number of a line is no key: it moves up when
    lines above it are left out.
    """
    keys = [c.name for c in contract.key if not (contract.line_is_unique and c.name == "line_no")]
    keys += [c.name for c in contract.columns if c.code_of in ("sku", "outlet")]
    names = ", ".join(f"r.{name}" for name in dict.fromkeys(keys))
    rows = f"{every_view(contract.feed)} as r inner join pair as p"
    return f"""
with pair as (
    select d.delivery_id, p.delivery_id as earlier_id, d.rows_loaded as rows_now,
        p.rows_loaded as rows_before
    from history_subject as d
    inner join history_ledger as p on d.sender = p.sender and d.feed = p.feed
        and d.period = p.period and p.until_rank = d.rank
    where d.feed = '{contract.feed}' and d.is_whole and d.rows_loaded > 0
        and d.rows_loaded < {limits["partial_resubmission_ratio"]} * p.rows_loaded
),
added as (
    select p.delivery_id, {names} from {rows} on r._delivery_id = p.delivery_id
    where {outcome("loaded", "r")}
    except
    select p.delivery_id, {names} from {rows} on r._delivery_id = p.earlier_id
    where {outcome("loaded", "r")}
)
select delivery_id, 'partial_resubmission' as rule_id, null::bigint as row_no,
    rows_now::varchar as observed, rows_before::varchar as expected
from pair where delivery_id not in (select delivery_id from added)"""


RULES = (
    HistoryRule(
        ("partial_resubmission",),
        _partial,
        suits=lambda contract: contract.period != "none" and bool(contract.key),
    ),
)
