"""Which deliveries are judged now, and which earlier ones they are held against.

A delivery is compared with those received before it, ranked by (received_at, sha256), as they
stood when it was received. What is said of it therefore follows from what is landed, not from the
order of landing; it is said anew when something it was held against comes, goes or changes.

What is to be judged is judged in parts of so many rows, so that memory does not grow with it. The
tables made by `narrow` speak of one part, or of everything at once for rules that look across
senders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.tables import SETTLED, all_table

REACH_DAYS = 182
"""26 weeks: how far before its period a delivery is held against others."""
FESTIVAL_REACH_DAYS = 490
"""A year, the ten weeks a festival may move, and the eight weeks before: see `totals`."""
FOREVER = 1 << 62
ROWS_OF_PART = 1_000_000
"""Rows judged in one part: what one sender sent in years, or one very large file."""

LEDGER = f"""
create or replace temp table history_ledger as
with ranked as (
    select delivery_id, feed, sender, period, period_start, period_end, received_at, rows_loaded,
        replaces not in ('keys', 'nothing') as is_whole,
        case when period_start is null or contains(period, '..') then null
            when period_end = period_start then 'day'
            when contains(period, 'W') then 'week' else 'month' end as unit,
        row_number() over (order by received_at, file_sha256, delivery_id) as rank
    from landing.delivery
    where status in {SETTLED} and feed = any($feeds)
)
select *, coalesce(min(rank) filter (is_whole) over (
    partition by sender, feed, period order by rank
    rows between 1 following and unbounded following), $forever) as until_rank
from ranked
"""

CHANGED = """
create or replace temp table history_changed as
select coalesce(l.delivery_id, j.delivery_id) as delivery_id, coalesce(l.feed, j.feed) as feed,
    coalesce(l.period_start, j.period_start) as period_start,
    coalesce(l.period_end, j.period_end) as period_end,
    coalesce(l.received_at, j.received_at) as received_at,
    greatest(coalesce(j.batch_id, 0), coalesce(b.batch_id, 0)) as batch_id,
    l.delivery_id is null as is_gone
from history_ledger as l
full join landing.judged as j on l.delivery_id = j.delivery_id
left join history_batch as b on b.delivery_id = coalesce(l.delivery_id, j.delivery_id)
where l.delivery_id is null or j.delivery_id is null or j.judged_by <> $judged_by
    or b.batch_id > j.batch_id or l.sender <> j.sender or l.feed <> j.feed
    or l.period_start is distinct from j.period_start
    or l.period_end is distinct from j.period_end
"""

# Files of a day are taken together: what is judged once too often costs little. The first version
# of a master is taken to be known from the beginning, so that it concerns every delivery.
AFFECTED = """
create or replace temp table history_affected as
with first_known as (
    select feed, min(received_at) as received_at from history_ledger
    where period_start is null group by 1
),
change as (
    select c.feed, c.received_at::date as received_on, min(c.period_start) as period_start,
        max(c.period_end) as period_end,
        min(case when c.period_start is null and c.received_at <= f.received_at
            then timestamp '0001-01-01' else c.received_at end) as received_at
    from history_changed as c
    left join first_known as f on c.feed = f.feed
    group by 1, 2
),
affected as (
    select distinct d.*
    from history_ledger as d
    inner join history_reads as r on d.feed = r.feed
    inner join change as c on r.reads = c.feed
    left join history_festival as f on d.delivery_id = f.delivery_id
    where c.received_at <= d.received_at
        and (c.period_start is null or d.period_start is null
            or c.period_start <= d.period_end + $reach
            and c.period_end >= d.period_start
                - if(f.delivery_id is null, $reach, $festival_reach))
)
select *, ((sum(rows_loaded) over (
    order by feed, sender, period_start, rank) - rows_loaded) // $rows_of_part)::integer as part
from affected
"""

SUBJECTS = """
create or replace temp table history_subject as
select * exclude (part) from history_affected where $part is null or part = $part
"""

# peers: files of the same period, received before; their own growth tells the season
PEERS = """
create or replace temp table history_peer as
select distinct e.*
from history_ledger as e
inner join history_subject as d on e.feed = d.feed and e.period = d.period
    and ($part is null or e.delivery_id = d.delivery_id)
where e.unit is not null
"""

BUCKETS = """
create or replace temp table history_bucket as
with of_subject as (
    select p.*, f.last_year_start
    from history_peer as p
    left join history_festival as f on p.delivery_id = f.delivery_id
),
numbered as (
    select *, unnest(range(1, if(unit = 'month', 7, 27)))::integer as nth from of_subject
),
last_year as (
    select *, unnest(range(0, 9))::integer as nth from of_subject where last_year_start is not null
)
select delivery_id, feed, sender, unit, rank, nth,
    case when unit = 'month' then (period_start - to_months(nth))::date
        else period_start - nth * 7 end as bucket
from numbered
union all
select delivery_id, feed, sender, unit, rank, 100 + nth, last_year_start - nth * 7
from last_year
"""

# six months before may be two days more than the reach
SCOPE = """
create or replace temp table history_scope as
with window_of as (
    select distinct r.reads as feed, if($part is null, null, d.sender) as sender,
        least(d.period_start - $reach, (d.period_start - interval 6 month)::date) as from_date,
        d.period_end + $reach as to_date
    from history_subject as d
    inner join history_reads as r on d.feed = r.feed
    union
    select distinct feed, if($part is null, null, sender), bucket, bucket + 31
    from history_bucket where nth >= 100
)
select l.* from history_ledger as l
where l.period_start is null or l.delivery_id in (select delivery_id from history_subject)
    or exists (
        select 1 from window_of as w
        where w.feed = l.feed and w.sender is not distinct from if($part is null, null, l.sender)
            and l.period_start <= w.to_date and l.period_end >= w.from_date)
"""

MASTERS = """
create or replace temp table history_master as
select d.delivery_id, m.feed, m.sender,
    coalesce(arg_max(m.delivery_id, m.rank) filter (m.rank < d.rank),
        arg_min(m.delivery_id, m.rank)) as master_id
from history_subject as d
inner join history_ledger as m on m.period_start is null and m.feed <> d.feed
inner join history_reads as r on r.feed = d.feed and r.reads = m.feed
group by 1, 2, 3
"""


def find(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    reads: Iterable[tuple[str, str]],
    judged_by: str,
) -> bool:
    """Find what is to be judged and what it is held against; False when nothing changed.

    Args:
        con: Connection with every delivery landed.
        contracts: The feeds that are judged or read.
        reads: (judged feed, feed it is held against) pairs.
        judged_by: Fingerprint of limits and rules: another one judges everything anew.
    """
    con.execute(LEDGER, {"forever": FOREVER, "feeds": list(contracts)})
    _batches(con, contracts)
    con.execute(CHANGED, {"judged_by": judged_by})
    if con.execute("select 1 from history_changed limit 1").fetchone() is None:
        return False
    con.execute("create or replace temp table history_reads (feed varchar, reads varchar)")
    pairs = sorted(set(reads))
    if pairs:
        con.executemany("insert into history_reads values (?, ?)", pairs)
    return True


def affected(con: duckdb.DuckDBPyConnection) -> list[int]:
    """From what changed to what is to be judged, in parts.

    Returns:
        The numbers of the parts.
    """
    limits = {"reach": REACH_DAYS, "festival_reach": FESTIVAL_REACH_DAYS}
    con.execute(AFFECTED, limits | {"rows_of_part": ROWS_OF_PART})
    rows = con.execute("select distinct part from history_affected order by 1").fetchall()
    return [row[0] for row in rows]


def narrow(con: duckdb.DuckDBPyConnection, part: int | None = None) -> list[str]:
    """Make the subjects, their peers, their periods before and their masters.

    Args:
        con: Connection with the tables `affected` made.
        part: Subjects of this part, held against what their own senders sent; None for all of
            them, held against what anybody sent.

    Returns:
        Feeds with a delivery to be judged.
    """
    asked = {"part": part}
    con.execute(SUBJECTS, asked)
    con.execute(PEERS, asked)
    con.execute(BUCKETS)
    con.execute(SCOPE, asked | {"reach": REACH_DAYS})
    con.execute(MASTERS)
    rows = con.execute("select distinct feed from history_subject order by 1").fetchall()
    return [row[0] for row in rows]


def read_by(con: duckdb.DuckDBPyConnection, feeds: list[str]) -> list[str]:
    """Feeds these are held against, themselves among them."""
    rows = con.execute(
        "select distinct reads from history_reads where feed = any($feeds) order by 1",
        {"feeds": feeds},
    ).fetchall()
    return [row[0] for row in rows]


def settle(con: duckdb.DuckDBPyConnection, judged_by: str) -> None:
    """Note as judged what changed, so that the next run judges only what changes after it."""
    con.execute("""
        delete from landing.judged
        where delivery_id in (select delivery_id from history_changed)""")
    con.execute(
        """insert into landing.judged by name
        select l.delivery_id, l.feed, l.sender, l.period_start, l.period_end, l.received_at,
            c.batch_id, $judged_by as judged_by
        from history_changed as c
        inner join history_ledger as l on c.delivery_id = l.delivery_id""",
        {"judged_by": judged_by},
    )


def _batches(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    """The batch rows were last landed in, of deliveries landed since the last judgement.

    Rows landed again have a later batch; batches only grow, so that older rows are not read.
    """
    parts = " union all ".join(
        f"select _delivery_id as delivery_id, _batch_id as batch_id from {all_table(feed)} "
        "where _batch_id > $last"
        for feed in contracts
    )
    row = con.execute("select coalesce(max(batch_id), 0) from landing.judged").fetchone()
    con.execute(
        f"""create or replace temp table history_batch as
        select delivery_id, max(batch_id) as batch_id from ({parts}) group by 1""",
        {"last": row[0] if row else 0},
    )
