"""The same festival week a year before, by the calendar as it stood."""

from __future__ import annotations

from pipelines.landing.history.scope import FOREVER
from pipelines.landing.tables import every_view, outcome

NONE = """
create or replace temp table history_festival as
select null::bigint as delivery_id, null::date as last_year_start limit 0
"""
FESTIVALS = f"""
create or replace temp table history_festival as
with version as (
    select delivery_id, lead(rank, 1, {FOREVER}) over (order by rank) as until_rank,
        if(row_number() over (order by rank) = 1, 0, rank) as rank
    from history_ledger where feed = 'calendar'
),
day as (
    select v.rank, v.until_rank, r.calendar_date, r.festival, r.festival_week_offset as week_no
    from {every_view("calendar")} as r
    inner join version as v on r._delivery_id = v.delivery_id
    where {outcome("loaded", "r")} and r.festival is not null
        and r.festival_week_offset is not null
)
select d.delivery_id, max(b.calendar_date) as last_year_start
from history_ledger as d
inner join day as a on d.period_start = a.calendar_date
    and a.rank < d.rank and a.until_rank >= d.rank
inner join day as b on a.rank = b.rank and a.festival = b.festival and a.week_no = b.week_no
    and isodow(a.calendar_date) = isodow(b.calendar_date)
    and b.calendar_date between a.calendar_date - 420 and a.calendar_date - 300
where d.unit in ('day', 'week')
group by 1
"""
