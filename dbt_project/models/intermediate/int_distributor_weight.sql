-- What a distributor sold in a week and in the 13 weeks before it, in all and by every other kind
-- of node: how much of a node is missing when its report is.
{%- set nodes = cell_columns().split(', ') | reject('equalto', 'distributor_code') | list %}
with

cell_value as (

    select
        week_start_date,
        distributor_code,
        {{ node_type(nodes) }} as node_type,
        {{ node_code(nodes) }} as node,
        sum(net_amount) as net_amount
    from {{ ref('int_sellout_cell_week') }}
    group by {{ node_sets(['week_start_date', 'distributor_code'], nodes) }}  -- noqa: PRS

),

-- cells are not told by class
value as (

    select * from cell_value
    union all
    select
        sold.week_start_date,
        sold.distributor_code,
        'outlet_class' as node_type,
        outlet.outlet_class as node,
        sum(sold.net_amount) as net_amount
    from {{ ref('int_sellout_outlet_sku_week') }} as sold
    inner join {{ ref('int_outlet_week') }} as outlet
        on
            sold.week_start_date = outlet.week_start_date
            and sold.outlet_code = outlet.outlet_code
    group by sold.week_start_date, sold.distributor_code, outlet.outlet_class

),

week as (

    select cast(period_start as date) as week_start_date
    from {{ ref('int_reporting_period') }}
    where
        period_kind = 'week'
        and period_start >= (select min(value.week_start_date) from value)

),

node as (

    select distinct
        distributor_code,
        node_type,
        node
    from value

),

dense as (

    select
        week.week_start_date,
        node.distributor_code,
        node.node_type,
        node.node,
        coalesce(value.net_amount, 0) as net_amount
    from week
    cross join node
    -- left join: weeks without a sale still have weeks before them
    left join value
        on
            week.week_start_date = value.week_start_date
            and node.distributor_code = value.distributor_code
            and node.node_type = value.node_type
            and node.node = value.node

)

select
    week_start_date,
    distributor_code,
    node_type,
    node,
    cast(net_amount as decimal(18, 2)) as net_amount,
    cast(coalesce(sum(net_amount) over (
        partition by distributor_code, node_type, node
        order by week_start_date
        rows between 13 preceding and 1 preceding
    ), 0) as decimal(18, 2)) as trailing_amount
from dense
