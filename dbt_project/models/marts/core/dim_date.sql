with deliveries as (

    select * from {{ source('landing', 'delivery') }}
    where status = 'loaded'

),

calendar as (

    select * from {{ ref('stg_calendar') }}

),

-- rows may lie a few weeks before their period; planning looks a year ahead
bounds as (

    select
        coalesce(min(period_start), {{ as_of() }}) - 31 as earliest,
        greatest(coalesce(max(period_end), {{ as_of() }}), {{ as_of() }}) + 366 as latest
    from deliveries

),

years as (

    select
        year(least(bounds.earliest, coalesce(min(calendar.calendar_date), bounds.earliest)))
            as first_year,
        year(greatest(bounds.latest, coalesce(max(calendar.calendar_date), bounds.latest)))
            as last_year
    from bounds
    left join calendar on true
    group by bounds.earliest, bounds.latest

),

-- whole ISO weeks from the one with 1 January to the one with 31 December
days as (

    select
        {{ days_from_to(
            iso_week_start('make_date(first_year, 1, 1)'),
            iso_week_start('make_date(last_year, 12, 31)') ~ ' + 6',
        ) }} as date_day
    from years

),

-- left join: a day past the calendar's end is a plain weekday or weekend, and provisional
described as (

    select
        days.date_day,
        {{ iso_week_start('days.date_day') }} as week_start_date,
        {{ iso_week_name('days.date_day') }} as iso_week,
        isoyear(days.date_day) as iso_year,
        weekofyear(days.date_day) as iso_week_no,
        cast(date_trunc('month', days.date_day) as date) as month_start_date,
        year(days.date_day) as calendar_year,
        isodow(days.date_day) as day_of_week,
        coalesce(calendar.is_workday, isodow(days.date_day) <= 5) as is_workday,
        calendar.festival,
        calendar.festival_week_offset,
        calendar.fiscal_period,
        calendar.property_period,
        coalesce(calendar.is_provisional, true) as is_provisional,
        calendar.source as calendar_source
    from days
    left join calendar on days.date_day = calendar.calendar_date
    order by days.date_day

)

select * from described
