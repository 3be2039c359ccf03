-- Where the running month and quarter will land by what was sold and what is forecast.
{% set sums = [
    'sum(actual_amount) as actual_amount',
    'sum(still_to_come_amount) as still_to_come_amount',
] %}

with

cell as (

    select * from {{ ref('int_landing_cell') }}

),

landing as (

    {{ by_node('cell', ['period_type', 'period_start_date'], sums) }}

),

span as (

    select distinct
        period_type,
        period_start_date,
        case period_type when 'month' then 1 else 3 end as month_count
    from cell

),

-- a quarter has a target where each of its months has one
target as (

    select
        span.period_type,
        span.period_start_date,
        asked.node_type,
        asked.node_code,
        cast(sum(asked.target_value) as decimal(18, 2)) as target_amount
    from {{ ref('fct_target') }} as asked
    inner join span
        on
            span.period_start_date
            = cast(date_trunc(span.period_type, asked.target_month) as date)
    where asked.metric_id = 'sellout_net_amount' and asked.item_level = 'all'
    group by
        span.period_type,
        span.period_start_date,
        span.month_count,
        asked.node_type,
        asked.node_code
    having count(distinct asked.target_month) = span.month_count

),

remaining as (

    select
        span.period_type,
        span.period_start_date,
        count(*) filter (where day.is_workday) as remaining_workdays,
        count(*) / 7.0 as remaining_weeks
    from span
    inner join {{ ref('dim_date') }} as day
        on
            cast(date_trunc(span.period_type, day.date_day) as date) = span.period_start_date
            and day.date_day > {{ as_of() }}
    group by span.period_type, span.period_start_date

),

-- left join: a node without a target lands all the same, and on its last day nothing remains
compared as (

    select
        landing.*,
        cast(landing.actual_amount + landing.still_to_come_amount as decimal(18, 2))
            as landing_amount,
        target.target_amount,
        coalesce(remaining.remaining_workdays, 0) as remaining_workdays,
        remaining.remaining_weeks
    from landing
    left join remaining
        on
            landing.period_type = remaining.period_type
            and landing.period_start_date = remaining.period_start_date
    left join target
        on
            landing.period_type = target.period_type
            and landing.period_start_date = target.period_start_date
            and landing.node_type = target.node_type
            and landing.node_code = target.node_code

)

select
    period_type,
    period_start_date,
    node_type,
    node_code,
    cast(actual_amount as decimal(18, 2)) as actual_amount,
    cast(still_to_come_amount as decimal(18, 2)) as still_to_come_amount,
    landing_amount,
    target_amount,
    cast(remaining_workdays as bigint) as remaining_workdays,
    landing_amount as landing_num,
    target_amount as landing_den,
    case when target_amount > 0 then {{ safe_ratio('landing_amount', 'target_amount') }} end
        as landing_ratio,
    cast(target_amount - landing_amount as decimal(18, 2)) as gap_amount,
    cast(round(
        {{ safe_ratio('target_amount - landing_amount', 'remaining_workdays') }}, 2
    ) as decimal(18, 2)) as gap_per_workday_amount,
    cast(round(
        {{ safe_ratio('target_amount - landing_amount', 'remaining_weeks') }}, 2
    ) as decimal(18, 2)) as gap_per_week_amount,
    case when coalesce(target_amount, 0) <= 0 then 'no_base' else 'ok' end as status
from compared
