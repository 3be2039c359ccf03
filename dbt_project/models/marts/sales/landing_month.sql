-- Where the running month will land at the pace of the last four weeks reported.
{% set sums = [
    'sum(actual_amount) as actual_amount',
    'sum(still_to_come_amount) as still_to_come_amount',
] %}

with

cell as (

    select * from {{ ref('int_landing_cell') }}

),

landing as (

    {{ by_node('cell', ['month_start_date'], sums) }}

),

target as (

    select
        target_month,
        node_type,
        node_code,
        cast(target_value as decimal(18, 2)) as target_amount
    from {{ ref('fct_target') }}
    where metric_id = 'sellout_net_amount' and item_level = 'all'

),

month as (

    select
        month_start_date,
        count(*) filter (where is_workday and date_day > {{ as_of() }}) as remaining_workdays
    from {{ ref('dim_date') }}
    group by month_start_date

),

-- left join: a node without a target lands all the same
compared as (

    select
        landing.*,
        cast(landing.actual_amount + landing.still_to_come_amount as decimal(18, 2))
            as landing_amount,
        target.target_amount,
        month.remaining_workdays
    from landing
    inner join month on landing.month_start_date = month.month_start_date
    left join target
        on
            landing.month_start_date = target.target_month
            and landing.node_type = target.node_type
            and landing.node_code = target.node_code

)

select
    month_start_date,
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
    case when coalesce(target_amount, 0) <= 0 then 'no_base' else 'ok' end as status
from compared
