"""B10: a document that somebody has reported already."""

from __future__ import annotations

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.history import scope
from pipelines.landing.history.frames import amount_of, code_of, day_of, rows
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.history.scope import REACH_DAYS
from pipelines.landing.tables import every_view, outcome

KINDS = (0, 2)
"""Letters by which numbers are told apart: returns are often numbered apart from sales.

Asked one after the other, each of the files that still overlap: the first costs half the second.
"""
SHARES = """e.rank < d.rank and e.until_rank >= d.rank and e.kind = d.kind
        and e.first_no <= d.last_no and e.last_no >= d.first_no"""
"""Whether a file d may repeat a number of an earlier file e."""


def _near(contract: Contract) -> str:
    """Files that may share a document with one that is judged, by sender and days."""
    return f"""
create or replace temp table history_overlapping as
with subject as (select * from history_subject where feed = '{contract.feed}'),
days as (select distinct period_start, period_end from subject)
select e.delivery_id, e.rows_loaded from history_scope as e
where e.feed = '{contract.feed}' and (
    e.sender in (select sender from subject)
    or exists (select 1 from days as d where {_same_days(contract)}))"""


def _ranges(contract: Contract, letters: int) -> str:
    """First and last number of those files, of each kind of numbers told apart by some letters."""
    kind = f"left(r.document_no, {letters})" if letters else "''"
    return f"""
create or replace temp table history_range as
select r._delivery_id as delivery_id, {kind} as kind, min(r.document_no) as first_no,
    max(r.document_no) as last_no
from {every_view(contract.feed)} as r
where r._delivery_id in (select delivery_id from history_overlapping) and {outcome("loaded", "r")}
    and r.document_no is not null
group by 1, 2"""


def _same_days(contract: Contract) -> str:
    """Whether files d and e may hold documents of one day."""
    grace = contract.period_grace_days
    return (
        f"""e.period_start - {grace} <= d.period_end and e.period_end >= d.period_start - {grace}"""
    )


def _overlapping(contract: Contract) -> str:
    """Files whose numbers overlap with those of another file that is judged with them."""
    return f"""
create or replace temp table history_overlapping as
with ranged as (
    select l.*, r.kind, r.first_no, r.last_no
    from history_range as r
    inner join history_ledger as l on r.delivery_id = l.delivery_id
),
weekly as (
    select *, unnest(generate_series(
        date_trunc('week', period_start - {contract.period_grace_days}),
        period_end::timestamp, interval 7 day)) as week
    from ranged
),
pair as (
    select d.delivery_id, e.delivery_id as earlier_id
    from ranged as d
    inner join ranged as e on d.sender = e.sender and {SHARES}
        and (e.period_start > d.period_end or e.period_end < d.period_start)
    union
    select d.delivery_id, e.delivery_id
    from weekly as d
    inner join weekly as e on d.week = e.week and {SHARES}
        and e.sender <> d.sender
),
judged as (
    select * from pair where delivery_id in (select delivery_id from history_subject)
)
select delivery_id, rows_loaded from history_ledger
where delivery_id in (select delivery_id from judged union all select earlier_id from judged)"""


def _document(contract: Contract, part: int, parts: int) -> str:
    """Documents these files have in common, of one of so many parts by number."""
    amount = amount_of(contract)
    return f"""
with line as not materialized (
    select r.* from {rows(contract.feed)} as r
    where r._delivery_id in (select delivery_id from history_overlapping)
        and hash(r.document_no) % {parts} = {part}
),
added as (
    select document_no, sum({amount}) as amount, count(*) as lines
    from line as r group by document_no, r._delivery_id having amount <> 0
),
repeated as (
    select distinct document_no
    from (select document_no from added group by document_no, amount, lines having count(*) > 1)
)
select r._delivery_id as delivery_id, r.document_no, min(r.until_rank) as until_rank,
    sum({amount}) as amount, count(*) as lines, min(r._row_no) as row_no,
    min({day_of(contract)}) as day, min({code_of(contract, "outlet")}) as outlet
from line as r
where r.document_no in (select document_no from repeated)
group by 1, 2 having amount <> 0"""


def _gather(con: duckdb.DuckDBPyConnection, contract: Contract, limits: Limits) -> None:
    """Keep the documents that stand in two files, of files whose numbers overlap."""
    del limits
    con.execute(_near(contract))
    for letters in KINDS:
        con.execute(_ranges(contract, letters))
        con.execute(_overlapping(contract))
    con.execute(f"""
        create or replace temp table history_document as
        {_document(contract, 0, 1)} limit 0""")
    counted = con.execute("select sum(rows_loaded) from history_overlapping").fetchall()
    parts = int(counted[0][0] or 0) // scope.ROWS_OF_PART + 1
    for part in range(parts if counted[0][0] else 0):
        con.execute(f"insert into history_document {_document(contract, part, parts)}")


def _reported_by_two(contract: Contract, limits: Limits) -> str:
    """The same number, amount and count of lines, in a file of other days or another sender's.

    Another sender's is the same document for the same day and outlet; where one of the outlets is
    not known, the day decides. Files of one sender for the same days replace each other.
    """
    del contract, limits
    return f"""
select d.delivery_id, 'reported_by_two' as rule_id, t.row_no,
    t.document_no || ' ' || history_figure(t.amount) || ': ' || e.sender || ' ' || e.period
        as observed,
    null::varchar as expected
from history_document as t
inner join history_subject as d on t.delivery_id = d.delivery_id
inner join history_document as o on t.document_no = o.document_no and t.amount = o.amount
    and t.lines = o.lines
inner join history_scope as e on o.delivery_id = e.delivery_id
where e.rank < d.rank and o.until_rank >= d.rank
    and if(e.sender = d.sender, e.period_start > d.period_end or e.period_end < d.period_start,
        t.day = o.day and (t.outlet is not distinct from o.outlet
            or starts_with(t.outlet, 'UNKNOWN-') or starts_with(o.outlet, 'UNKNOWN-')))
    and e.period_start <= d.period_end + {REACH_DAYS}
    and e.period_end >= d.period_start - {REACH_DAYS}
qualify row_number() over (partition by d.delivery_id, t.document_no order by e.rank) = 1"""


RULES = (
    HistoryRule(
        ("reported_by_two",),
        _reported_by_two,
        feeds=("sellout",),
        prepare=_gather,
        across_senders=True,
    ),
)
