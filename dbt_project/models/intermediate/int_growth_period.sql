-- The weeks of an ISO month, quarter or year: those whose Thursday lies in it. Only weeks that can
-- be compared both ways count, so a period set against another holds the same weeks on each side.
with

comparison as (

    select * from {{ ref('int_week_comparison') }}

),

compared_week as (

    select week_start_date
    from comparison
    group by week_start_date
    having count(*) = 2

),

placed as (

    select
        compared_week.week_start_date,
        period.period_type,
        cast(date_trunc(period.period_type, compared_week.week_start_date + 3) as date)
            as period_start_date
    from compared_week
    cross join (values ('month'), ('quarter'), ('year')) as period (period_type)

)

select
    week_start_date,
    period_type,
    period_start_date,
    count(*) over (partition by period_type, period_start_date) as week_count
from placed
