with

sku as (

    select
        sku_code,
        coalesce(brand, 'UNKNOWN') as brand,
        coalesce(category, 'UNKNOWN') as category
    from {{ ref('dim_sku') }}
    where is_current

),

comparison as (

    select
        week_start_date,
        bool_or(basis = 'iso') as has_iso_base,
        bool_or(basis = 'festival') as has_festival_base
    from {{ ref('int_week_comparison') }}
    group by week_start_date

),

week as (

    select
        growth.*,
        sku.brand,
        sku.category
    from {{ ref('int_growth_node_week') }} as growth
    inner join sku on growth.sku_code = sku.sku_code

),

item as (

    select
        week_start_date,
        node_type,
        node_code,
        {{ item_level() }} as item_level,
        {{ item_code() }} as item_code,
        {{ summed_growth_measures() }}
    from week
    group by {{ item_sets(['week_start_date', 'node_type', 'node_code']) }}  -- noqa: PRS

),

-- without the week there is nothing to grow from; with it, what was not sold then grew from 0
based as (

    select
        item.*,
        case when comparison.has_iso_base then item.iso_net_amount end as yoy_iso_den,
        case when comparison.has_festival_base then item.festival_net_amount end
            as yoy_festival_den
    from item
    -- left join: the first year has no year before
    left join comparison on item.week_start_date = comparison.week_start_date

)

select
    week_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    net_amount,
    sold_pieces,
    sold_amount,
    cast(net_amount - sold_amount as decimal(18, 2)) as return_amount,
    cast(net_amount - yoy_iso_den as decimal(18, 2)) as yoy_iso_num,
    yoy_iso_den,
    case
        when yoy_iso_den > 0 then {{ safe_ratio('net_amount - yoy_iso_den', 'yoy_iso_den') }}
    end as yoy_iso_ratio,
    cast(net_amount - yoy_festival_den as decimal(18, 2)) as yoy_festival_num,
    yoy_festival_den,
    case
        when yoy_festival_den > 0
            then {{ safe_ratio('net_amount - yoy_festival_den', 'yoy_festival_den') }}
    end as yoy_festival_ratio,
    case
        when coalesce(yoy_iso_den, 0) <= 0 and coalesce(yoy_festival_den, 0) <= 0 then 'no_base'
        when coalesce(yoy_iso_den, 0) <= 0 then 'no_iso_base'
        when coalesce(yoy_festival_den, 0) <= 0 then 'no_festival_base'
        else 'ok'
    end as status
from based
