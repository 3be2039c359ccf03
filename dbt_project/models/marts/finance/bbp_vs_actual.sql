-- What each block was to add, beside what it added: the plan's blocks against the bars of the
-- sales bridge. The plan's months are calendar months, the bridge's the ISO weeks of the month.
{% set keys = ['month_start_date', 'block'] %}

with

city_province as (

    select
        city,
        province
    from {{ ref('dim_geo') }}

),

cell as (

    select
        plan.month_start_date,
        plan.block,
        coalesce(city_province.province, 'UNKNOWN') as province,
        plan.city,
        plan.channel,
        plan.plan_nsv_amount
    from {{ ref('bbp_plan') }} as plan
    left join city_province on plan.city = city_province.city

),

planned as (

    {{ by_node(
        'cell', keys, ['sum(plan_nsv_amount) as plan_amount'],
        ['province', 'city', 'channel']
    ) }}

),

-- visibility is to raise the rate of sale, phasing to follow the calendar: one name for each pair
actual as (

    select
        period_start_date as month_start_date,
        node_type,
        node_code,
        bar,
        bar_order,
        case bar
            when 'last_year' then 'base'
            when 'calendar' then 'phasing'
            when 'rate_of_sale' then 'visibility'
            else bar
        end as block,
        bar_amount
    from {{ ref('sales_bridge') }}
    where
        period_type = 'month'
        and item_level = 'all'
        and node_type in ('region', 'province', 'city', 'channel')
        and bar != 'this_year'

),

planned_month as (

    select distinct month_start_date from planned

),

-- full join: what was planned and did not come, or came unplanned, is what there is to learn
compared as (

    select
        coalesce(planned.month_start_date, actual.month_start_date) as month_start_date,
        coalesce(planned.node_type, actual.node_type) as node_type,
        coalesce(planned.node_code, actual.node_code) as node_code,
        coalesce(planned.block, actual.block) as block,
        actual.bar,
        coalesce(planned.plan_amount, 0) as plan_amount,
        actual.bar_amount as actual_amount
    from planned
    full join actual
        on
            planned.month_start_date = actual.month_start_date
            and planned.node_type = actual.node_type
            and planned.node_code = actual.node_code
            and planned.block = actual.block

)

select
    month_start_date,
    node_type,
    node_code,
    block,
    bar,
    cast(plan_amount as decimal(18, 2)) as plan_amount,
    cast(actual_amount as decimal(18, 2)) as actual_amount,
    cast(actual_amount - plan_amount as decimal(18, 2)) as difference_amount
from compared
-- left out: months nobody planned
where month_start_date in (select planned_month.month_start_date from planned_month)
