-- Where the month of the as-of day will land, cell by cell, so that it adds up at every node. What
-- a distributor has not reported yet is still to come: its days count from its own last report.
with

line as (

    select
        sold_date,
        distributor_code,
        outlet_code,
        net_amount
    from {{ ref('fct_sellout_line') }}
    where
        sold_date <= {{ as_of() }}
        and sold_date >= cast(date_trunc('month', {{ as_of() }}) as date) - 62

),

day as (

    select
        date_day,
        is_workday
    from {{ ref('dim_date') }}

),

month as (

    select
        cast(date_trunc('month', {{ as_of() }}) as date) as first_date,
        last_day({{ as_of() }}) as last_date

),

-- a report covers its whole week, also where nothing was sold on the last day
reported as (

    select
        distributor_code,
        least(max({{ iso_week_start('sold_date') }}) + 6, {{ as_of() }}) as reported_until
    from line
    group by distributor_code

),

-- the four weeks up to the last report give the pace
calendar as (

    select
        reported.distributor_code,
        reported.reported_until,
        count(*) filter (
            where day.is_workday and day.date_day > reported.reported_until - 28
            and day.date_day <= reported.reported_until
        ) as pace_workdays,
        count(*) filter (
            where day.is_workday and day.date_day > reported.reported_until
            and day.date_day >= month.first_date and day.date_day <= month.last_date
        ) as remaining_workdays
    from reported
    cross join month
    inner join day
        on
            reported.reported_until - 28 < day.date_day
            and month.last_date >= day.date_day
    group by reported.distributor_code, reported.reported_until

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

placed as (

    select
        line.sold_date,
        line.net_amount,
        {{ outlet_cell('line', 'organisation') }}
    from line
    inner join organisation
        on
            line.outlet_code = organisation.outlet_code
            and line.sold_date >= organisation.valid_from
            and line.sold_date < organisation.valid_to

),

summed as (

    select
        placed.province,
        placed.city,
        placed.channel,
        placed.banner,
        placed.distributor_code,
        placed.supervisor_code,
        placed.rep_code,
        sum(case when placed.sold_date >= month.first_date then placed.net_amount else 0 end)
            as actual_amount,
        sum(
            case
                when
                    placed.sold_date > calendar.reported_until - 28
                    and placed.sold_date <= calendar.reported_until
                    then placed.net_amount
                else 0
            end
        ) as pace_amount,
        any_value(calendar.pace_workdays) as pace_workdays,
        any_value(calendar.remaining_workdays) as remaining_workdays
    from placed
    inner join calendar on placed.distributor_code = calendar.distributor_code
    cross join month
    group by
        placed.province,
        placed.city,
        placed.channel,
        placed.banner,
        placed.distributor_code,
        placed.supervisor_code,
        placed.rep_code

)

select
    cast(date_trunc('month', {{ as_of() }}) as date) as month_start_date,
    province,
    city,
    channel,
    banner,
    distributor_code,
    supervisor_code,
    rep_code,
    cast(actual_amount as decimal(18, 2)) as actual_amount,
    cast(coalesce(
        round(
            cast(pace_amount as double) / nullif(pace_workdays, 0) * remaining_workdays, 2
        ),
        0
    ) as decimal(18, 2)) as still_to_come_amount
from summed
