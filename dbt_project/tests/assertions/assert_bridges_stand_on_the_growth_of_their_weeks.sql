-- The bridge of a year starts and ends where growth by week does, and so do price, volume and mix.
with

growth as (

    select
        cast(date_trunc('year', growth_week.week_start_date + 3) as date) as period_start_date,
        growth_week.node_type,
        growth_week.node_code,
        sum(growth_week.yoy_iso_den) as last_year,
        sum(growth_week.net_amount) as this_year
    from {{ ref('growth_week') }}
    where
        growth_week.item_level = 'all'
        and growth_week.yoy_iso_den is not null
        and growth_week.yoy_festival_den is not null
    group by
        cast(date_trunc('year', growth_week.week_start_date + 3) as date),
        growth_week.node_type,
        growth_week.node_code

),

bridge as (

    select
        period_start_date,
        node_type,
        node_code,
        sum(bar_amount) filter (where bar = 'last_year') as last_year,
        sum(bar_amount) filter (where bar = 'this_year') as this_year
    from {{ ref('sales_bridge') }}
    where period_type = 'year' and item_level = 'all'
    group by period_start_date, node_type, node_code

),

mix as (

    select
        period_start_date,
        node_type,
        node_code,
        base_net_amount as last_year,
        net_amount as this_year
    from {{ ref('price_volume_mix') }}
    where
        period_type = 'year' and item_level = 'all' and variant = 'midpoint' and basis = 'iso'

)

select
    coalesce(growth.period_start_date, bridge.period_start_date) as period_start_date,
    coalesce(growth.node_code, bridge.node_code) as node_code
from growth
full join bridge
    on
        growth.period_start_date = bridge.period_start_date
        and growth.node_type = bridge.node_type
        and growth.node_code = bridge.node_code
left join mix
    on
        bridge.period_start_date = mix.period_start_date
        and bridge.node_type = mix.node_type
        and bridge.node_code = mix.node_code
where
    (growth.last_year, growth.this_year) is distinct from (bridge.last_year, bridge.this_year)
    or (mix.last_year, mix.this_year) is distinct from (bridge.last_year, bridge.this_year)
