-- Days, ISO weeks and months, up to the one after the as-of day.
with

day as (

    select date_day
    from {{ ref('int_workday') }}
    where date_day <= {{ as_of() }} + 31

),

period as (

    select
        'day' as period_kind,
        strftime(date_day, '%Y-%m-%d') as period,
        date_day as period_start,
        date_day as period_end
    from day
    union all
    select
        'week' as period_kind,
        {{ iso_week_name('date_day') }} as period,
        date_day as period_start,
        date_day + 6 as period_end
    from day
    where isodow(date_day) = 1
    union all
    select
        'month' as period_kind,
        strftime(date_day, '%Y-%m') as period,
        date_day as period_start,
        last_day(date_day) as period_end
    from day
    where day(date_day) = 1

)

select
    period_kind,
    period,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end
from period
