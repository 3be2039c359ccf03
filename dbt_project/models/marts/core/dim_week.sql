with days as (

    select * from {{ ref('dim_date') }}

),

weeks as (

    select
        week_start_date,
        week_start_date + 6 as week_end_date,
        any_value(iso_week) as iso_week,
        any_value(iso_year) as iso_year,
        any_value(iso_week_no) as iso_week_no,
        count(*) filter (where is_workday) as workday_count
    from days
    group by week_start_date

),

-- 28 December always lies in the last week of its ISO year
year_lengths as (

    select
        iso_year,
        weekofyear(make_date(iso_year, 12, 28)) as weeks_in_iso_year
    from weeks
    group by iso_year

),

-- a week belongs to the festival it is nearest to
festival_weeks as (

    select
        week_start_date,
        festival,
        festival_week_offset
    from days
    where festival is not null
    qualify row_number() over (
        partition by week_start_date
        order by abs(festival_week_offset) nulls last, festival, date_day
    ) = 1

),

-- the same place around the same festival a year earlier; festivals move by up to five weeks
aligned_weeks as (

    select
        festival_weeks.week_start_date,
        max(earlier.week_start_date) as aligned_week_start_date
    from festival_weeks
    inner join festival_weeks as earlier
        on
            festival_weeks.festival = earlier.festival
            and festival_weeks.festival_week_offset = earlier.festival_week_offset
            and earlier.week_start_date
            between festival_weeks.week_start_date - 364 - 35
            and festival_weeks.week_start_date - 364 + 35
    where festival_weeks.festival_week_offset between -8 and 4
    group by festival_weeks.week_start_date

),

described as (

    select
        weeks.week_start_date,
        weeks.week_end_date,
        weeks.iso_week,
        weeks.iso_year,
        weeks.iso_week_no,
        year_lengths.weeks_in_iso_year,
        weeks.workday_count,
        festival_weeks.festival,
        festival_weeks.festival_week_offset,
        weeks.week_start_date - 364 as last_year_week_start_date,
        coalesce(aligned_weeks.aligned_week_start_date, weeks.week_start_date - 364)
            as last_year_festival_week_start_date,
        weeks.week_end_date <= {{ as_of() }} as is_complete
    from weeks
    inner join year_lengths on weeks.iso_year = year_lengths.iso_year
    left join festival_weeks on weeks.week_start_date = festival_weeks.week_start_date
    left join aligned_weeks on weeks.week_start_date = aligned_weeks.week_start_date
    order by weeks.week_start_date

)

select * from described
