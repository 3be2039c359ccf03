"""Whether a delivery counts: what holds it back, and what people decided about it.

A hold rests on the file, its contract and the closing of periods; a decision is a delivery of
`self` like any other, so that a rebuild comes to the same answer.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from pipelines.landing.tables import SETTLED

Group = tuple[str, str, str]
CLOSED_PERIOD = "closed_period"
STATE = """case
    when {d}.decision = 'withdraw' then 'withdrawn'
    when {d}.decision = 'reject' then 'rejected'
    when {d}.hold_rule is not null and {d}.decision is distinct from 'release' then 'held' end"""
"""SQL of the state in which a delivery does not count; null where it does."""

_STANDING = f"""
create or replace temp table standing as
with held as (
    select finding.delivery_id, min(finding.rule_id) as rule_id
    from landing.delivery_finding as finding
    inner join landing.rule as rule on rule.feed is null and finding.rule_id = rule.rule_id
    where rule.severity = 'hold' group by 1
),
closed as (
    select distinct delivery.delivery_id
    from landing.delivery as delivery
    inner join landing.period_close as closing
        on closing.feed in ('*', delivery.feed)
        and delivery.received_at > closing.closed_at
        and delivery.period_start <= closing.closed_through
),
decided as (
    select decision.delivery_id,
        arg_max(decision.action, (said.received_at, said.file_sha256, decision._row_no)) as action,
        max(said.received_at) as decided_at,
        min(said.received_at) filter (decision.action = 'release') as released_at
    from landing.decision as decision
    inner join landing.delivery as said on decision._delivery_id = said.delivery_id
    group by 1
)
select delivery.delivery_id, delivery.sender, delivery.feed, delivery.period,
    coalesce(held.rule_id, if(closed.delivery_id is null, null, '{CLOSED_PERIOD}')) as hold_rule,
    decided.action as decision, decided.decided_at,
    -- greatest() passes over null: what was never released is not known; `delivery.hold_rule` is
    -- what held it before, and would be meant by the name alone
    case when coalesce(held.rule_id, if(closed.delivery_id is null, null, 'closed')) is null
        then delivery.received_at when decided.released_at is not null
        then greatest(delivery.received_at, decided.released_at) end as known_from,
    case when decided.action = 'withdraw' then decided.decided_at end as known_until
from landing.delivery as delivery
left join held on delivery.delivery_id = held.delivery_id
left join closed on delivery.delivery_id = closed.delivery_id
left join decided on delivery.delivery_id = decided.delivery_id
where delivery.status <> 'refused' {{only}}"""
_DIFFERS = """
    d.delivery_id = s.delivery_id and (d.hold_rule is distinct from s.hold_rule
        or d.decision is distinct from s.decision or d.decided_at is distinct from s.decided_at
        or d.known_from is distinct from s.known_from
        or d.known_until is distinct from s.known_until)"""


def refresh(con: duckdb.DuckDBPyConnection, ids: Collection[int] | None = None) -> list[Group]:
    """Write down what holds deliveries back and what was decided about them.

    Args:
        con: Connection, inside a transaction.
        ids: Only these deliveries; None for all.

    Returns:
        Sender, feed and period of the deliveries for which that changed: their versions must be
        ranked again.
    """
    only = "" if ids is None else "and delivery.delivery_id = any($ids)"
    con.execute(_STANDING.format(only=only), {} if ids is None else {"ids": list(ids)})
    groups = con.execute(f"""
        select distinct s.sender, s.feed, s.period
        from landing.delivery as d inner join standing as s on {_DIFFERS}
        order by all""").fetchall()
    if groups:
        con.execute(f"""
            update landing.delivery as d set hold_rule = s.hold_rule, decision = s.decision,
                decided_at = s.decided_at, known_from = s.known_from, known_until = s.known_until
            from standing as s where {_DIFFERS}""")
    return groups


def counts(delivery: str) -> str:
    """SQL condition that the rows of a delivery count: as current or as superseded ones."""
    return f"{delivery}.status in {SETTLED}"
