-- Where the month and the quarter of the as-of day will land, cell by cell, so that it adds up at
-- every node: what was sold, what is forecast for the days to come, and what distributors who are
-- late are taken to have sold. A week that reaches into the next period counts by its workdays.
with

period as (

    select
        kind.period_type,
        cast(date_trunc(kind.period_type, {{ as_of() }}) as date) as first_date,
        cast(date_trunc(kind.period_type, {{ as_of() }}) + case kind.period_type
            when 'month' then interval 1 month
            else interval 3 month
        end as date) - 1 as last_date
    from (values ('month'), ('quarter')) as kind (period_type)

),

day as (

    select
        date_day,
        week_start_date,
        is_workday
    from {{ ref('dim_date') }}

),

line as (

    select
        sold_date,
        distributor_code,
        outlet_code,
        net_amount
    from {{ ref('fct_sellout_line') }}
    where sold_date <= {{ as_of() }}

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

sold as (

    select
        period.period_type,
        period.first_date as period_start_date,
        {{ outlet_cell('line', 'organisation') }},
        line.net_amount as actual_amount,
        null as still_to_come_amount
    from line
    inner join period on line.sold_date >= period.first_date
    inner join organisation
        on
            line.outlet_code = organisation.outlet_code
            and line.sold_date >= organisation.valid_from
            and line.sold_date < organisation.valid_to

),

-- a report covers its whole week, also where nothing was sold on the last day
reported as (

    select
        distributor_code,
        least(max({{ iso_week_start('sold_date') }}) + 6, {{ as_of() }}) as reported_until
    from line
    group by distributor_code

),

-- a week without a workday is spread over its days
weighed as (

    select
        date_day,
        week_start_date,
        case
            when count(*) filter (where is_workday) over (partition by week_start_date) = 0
                then 1.0 / 7
            else
                cast(is_workday as integer)
                / (count(*) filter (where is_workday) over (partition by week_start_date))
        end as week_ratio
    from day

),

expected as (

    select
        distributor_code,
        sku_code,
        {{ week_start('week_no') }} as week_start_date,
        forecast_pieces as expected_pieces
    from {{ ref('int_forecast_leaf') }}
    where is_to_come
    union all
    select
        distributor_code,
        sku_code,
        week_start_date,
        cast(demand_pieces - coalesce(sold_pieces, 0) as decimal(18, 3)) as expected_pieces
    from {{ ref('int_demand_week') }}
    where mark in ('unreported', 'partial')

),

-- of a running week only the days that nobody reported yet
to_come as (

    select
        period.period_type,
        period.first_date as period_start_date,
        expected.distributor_code,
        expected.sku_code,
        sum({{ exact('expected.expected_pieces * weighed.week_ratio') }}) as expected_pieces
    from expected
    inner join weighed on expected.week_start_date = weighed.week_start_date
    inner join period
        on
            weighed.date_day >= period.first_date
            and weighed.date_day <= period.last_date
    inner join reported on expected.distributor_code = reported.distributor_code
    where
        weighed.date_day > reported.reported_until
        or expected.week_start_date < {{ iso_week_start(as_of() ~ ' + 1') }}
    group by
        period.period_type, period.first_date, expected.distributor_code, expected.sku_code

),

valued as (

    select
        to_come.period_type,
        to_come.period_start_date,
        rate.distributor_code,
        rate.province,
        rate.city,
        rate.channel,
        rate.banner,
        rate.supervisor_code,
        rate.rep_code,
        null as actual_amount,
        {{ exact('to_come.expected_pieces * rate.amount_per_piece') }} as still_to_come_amount
    from to_come
    inner join {{ ref('int_landing_rate') }} as rate
        on
            to_come.distributor_code = rate.distributor_code
            and to_come.sku_code = rate.sku_code

),

told as (

    select * from sold
    union all
    select * from valued

)

select
    period_type,
    period_start_date,
    {{ cell_columns() }},
    cast(coalesce(sum(actual_amount), 0) as decimal(18, 2)) as actual_amount,
    cast(round(coalesce(sum(still_to_come_amount), 0), 2) as decimal(18, 2))
        as still_to_come_amount
from told
group by period_type, period_start_date, {{ cell_columns() }}
