-- Each forecast with its range: of the past by what the older origins taught, of the future by all.
with

ranged as (

    select
        node.*,
        case when node.is_to_come then 'all' else 'older' end as learnt_from,
        {{ lag_band('node.lag_weeks') }} as lag_band,
        {{ size_band('node.statistical_pieces') }} as size_band
    from {{ ref('int_forecast_node') }} as node
    where node.basis != 'archive' and node.demand_class != 'unforeseen'

)

-- left join: too little behind for a range of its size, or for any
select
    ranged.* exclude (ranged.learnt_from, ranged.lag_band, ranged.size_band),
    coalesce(own.low_ratio, of_all.low_ratio) * {{ spread_base('ranged.statistical_pieces') }}
        as low_pieces,
    coalesce(own.p20_ratio, of_all.p20_ratio) * {{ spread_base('ranged.statistical_pieces') }}
        as p20_pieces,
    coalesce(own.high_ratio, of_all.high_ratio) * {{ spread_base('ranged.statistical_pieces') }}
        as high_pieces
from ranged
left join {{ ref('int_forecast_spread') }} as own
    on
        ranged.learnt_from = own.learnt_from
        and ranged.node_type = own.node_type
        and ranged.item_level = own.item_level
        and ranged.demand_class = own.demand_class
        and ranged.lag_band = own.lag_band
        and ranged.size_band = own.size_band
left join {{ ref('int_forecast_spread') }} as of_all
    on
        ranged.learnt_from = of_all.learnt_from
        and ranged.node_type = of_all.node_type
        and ranged.item_level = of_all.item_level
        and ranged.demand_class = of_all.demand_class
        and ranged.lag_band = of_all.lag_band
        and of_all.size_band is null
