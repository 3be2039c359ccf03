"""B40: a movement report that does not begin where the one before it ended."""

from __future__ import annotations

from pipelines.contracts import Contract
from pipelines.landing.history.frames import day_of, owner_of, rows, sized
from pipelines.landing.history.rule import HistoryRule, Limits


def period_ends(day: str, row: str) -> str:
    """SQL of the first day after the period of a movement row: a week, or else a month."""
    return f"""if({row}._unit = 'week' or {row}._unit is null and day({day}) <> 1,
        {day} + 7, ({day} + interval 1 month)::date)"""


def _opening(contract: Contract, limits: Limits) -> str:
    """Opening against closing of the same distributor and product in the period just before.

    Both may stand in one file; of two files, the one received last is told, also when it is the
    earlier period. Where a period between them was not reported, nothing is said.
    """
    day = day_of(contract)
    opening, closing = sized(contract, "opening"), sized(contract, "closing")
    return f"""
with line as (
    select r._delivery_id as delivery_id, r._row_no as row_no, r.rank, r.until_rank,
        {owner_of(contract)} as owner, r.sku_code as sku, {day} as day,
        {period_ends(day, "r")} as next_day, {opening} as opening, {closing} as closing
    from {rows(contract.feed)} as r
),
gap as (
    select l as later, b as earlier
    from line as l
    inner join line as b on l.owner = b.owner and l.sku = b.sku and l.day = b.next_day
    where abs(l.opening - b.closing) > {limits["opening_tolerance_pieces"]}
),
told as (
    select later as own, earlier as other, later.opening as observed, earlier.closing as expected
    from gap where later.rank >= earlier.rank
    union all
    select earlier, later, earlier.closing, later.opening from gap where later.rank < earlier.rank
)
select own.delivery_id, 'opening_not_last_closing' as rule_id, own.row_no,
    history_figure(observed) as observed,
    history_figure(expected) || ' (' || other.day || ')' as expected
from told
inner join history_subject as d on own.delivery_id = d.delivery_id
where own.delivery_id = other.delivery_id or other.until_rank > own.rank
qualify row_number() over (
    partition by own.delivery_id, own.row_no, other.day order by other.rank desc) = 1"""


RULES = (
    HistoryRule(("opening_not_last_closing",), _opening, feeds=("movement",), across_senders=True),
)
