-- Days on which reports fall due, and the workday each rolls to. Without a calendar row a day is a
-- workday from Monday to Friday.
with

span as (

    select
        least(min(period_start), {{ as_of() }} - 366) as first_date,
        {{ as_of() }} + 120 as last_date
    from {{ source('landing', 'delivery') }}
    where status in ('loaded', 'superseded', 'held')

),

roster_span as (

    select least(span.first_date, coalesce(min(roster.valid_from), span.first_date)) as first_date
    from span
    left join {{ ref('stg_roster') }} as roster
        on roster.valid_from > {{ always() }}
    group by span.first_date

),

spine as (

    -- a week earlier than the month: the first week may begin before it
    select
        {{ days_from_to(
            "date_trunc('month', roster_span.first_date) - interval 7 day", 'span.last_date'
        ) }} as date_day
    from span
    cross join roster_span

),

labelled as (

    select
        spine.date_day,
        coalesce(calendar.is_workday, isodow(spine.date_day) <= 5) as is_workday,
        case when calendar.is_workday is null then 'weekdays' else 'calendar' end as calendar_source
    from spine
    -- left join: the calendar may end before the deadlines do
    left join {{ ref('stg_calendar') }} as calendar
        on spine.date_day = calendar.calendar_date

)

select
    date_day,
    is_workday,
    calendar_source,
    min(case when is_workday then date_day end) over (
        order by date_day rows between current row and unbounded following
    ) as next_workday_date
from labelled
