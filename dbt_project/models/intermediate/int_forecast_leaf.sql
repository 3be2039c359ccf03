-- The champion's forecast of every SKU of a distributor, made to add up to that of its category
-- where that was the better one in the past: then each SKU takes its share of it. What sold at a
-- past origin's weeks and had no forecast is here with none, so that nothing missed is forgotten.
{% set methods = forecast_methods() %}

with

chosen as (

    select
        method.series_no,
        series.series_level,
        series.distributor_code,
        series.category,
        series.sku_code,
        method.origin_week_no,
        method.week_no,
        method.lag_weeks,
        method.is_to_come,
        method.demand_class,
        method.naive_step_pieces,
        case
            when method.week_no > series.delist_week_no then 'delisted' else champion.method
        end as method,
        method.actual_base_pieces,
        method.actual_pieces,
        method.sold_pieces,
        method.naive_pieces,
        case
            when method.week_no > series.delist_week_no then 0
            {%- for name in methods %}
                when champion.method = '{{ name }}' and method.{{ name }}_pieces is not null
                    then method.{{ name }}_pieces
            {%- endfor %}
            else coalesce(method.ses_slow_pieces, 0)
        end as forecast_pieces
    from {{ ref('int_forecast_method') }} as method
    inner join {{ ref('int_forecast_series') }} as series on method.series_no = series.series_no
    inner join {{ ref('int_forecast_champion') }} as champion
        on
            series.series_level = champion.series_level
            and series.category = champion.category
            and method.demand_class = champion.demand_class

),

added_up as (

    select
        distributor_code,
        category,
        origin_week_no,
        week_no,
        cast(sum({{ exact('forecast_pieces') }}) as double) as forecast_pieces
    from chosen
    where series_level = 'sku'
    group by distributor_code, category, origin_week_no, week_no

),

compared as (

    select
        parent.distributor_code,
        parent.category,
        parent.origin_week_no,
        parent.week_no,
        parent.is_to_come,
        parent.actual_base_pieces,
        parent.forecast_pieces,
        added_up.forecast_pieces as added_up_pieces
    from chosen as parent
    inner join added_up
        on
            parent.distributor_code = added_up.distributor_code
            and parent.category = added_up.category
            and parent.origin_week_no = added_up.origin_week_no
            and parent.week_no = added_up.week_no
    where parent.series_level = 'category'

),

way as (

    select
        category,
        sum({{ exact('abs(forecast_pieces - actual_base_pieces)') }})
        < sum({{ exact('abs(added_up_pieces - actual_base_pieces)') }})
            as is_top_down
    from compared
    where not is_to_come
    group by category

),

shared as (

    select
        compared.distributor_code,
        compared.category,
        compared.origin_week_no,
        compared.week_no,
        case
            when way.is_top_down and compared.added_up_pieces > 0
                then compared.forecast_pieces / compared.added_up_pieces
            else 1
        end as share_ratio
    from compared
    inner join way on compared.category = way.category

),

told as (

    select
        chosen.series_no,
        chosen.distributor_code,
        chosen.category,
        chosen.sku_code,
        chosen.origin_week_no,
        chosen.week_no,
        chosen.lag_weeks,
        chosen.is_to_come,
        chosen.demand_class,
        chosen.naive_step_pieces,
        chosen.method,
        chosen.actual_pieces,
        chosen.sold_pieces,
        chosen.naive_pieces,
        chosen.forecast_pieces as method_pieces,
        coalesce(shared.share_ratio, 1) as share_ratio,
        coalesce(promotion.effect_ratio, 0) as promotion_ratio
    from chosen
    left join {{ ref('int_forecast_promotion') }} as promotion
        on
            chosen.series_no = promotion.series_no
            and chosen.origin_week_no = promotion.origin_week_no
            and chosen.week_no = promotion.week_no
    left join shared
        on
            chosen.distributor_code = shared.distributor_code
            and chosen.category = shared.category
            and chosen.origin_week_no = shared.origin_week_no
            and chosen.week_no = shared.week_no
    where chosen.series_level = 'sku'

),

origin as (

    select distinct origin_week_no
    from chosen
    where not is_to_come

),

unforeseen as (

    select
        origin.origin_week_no,
        series.*
    from {{ ref('int_forecast_series') }} as series
    cross join origin
    anti join {{ ref('int_forecast_state') }} as state
        on
            series.series_no = state.series_no
            and origin.origin_week_no = state.origin_week_no
            and state.is_forecast
    where series.series_level = 'sku'

),

missed as (

    select
        unforeseen.series_no,
        unforeseen.distributor_code,
        unforeseen.category,
        unforeseen.sku_code,
        unforeseen.origin_week_no,
        demand.week_no,
        demand.week_no - unforeseen.origin_week_no + 1 as lag_weeks,
        false as is_to_come,
        'unforeseen' as demand_class,
        null as naive_step_pieces,
        'none' as method,
        demand.demand_pieces as actual_pieces,
        demand.sold_pieces,
        null as naive_pieces,
        0 as method_pieces,
        1 as share_ratio,
        0 as promotion_ratio
    from unforeseen
    cross join {{ ref('int_threshold_applied') }} as threshold
    inner join {{ ref('int_forecast_demand') }} as demand
        on
            unforeseen.series_no = demand.series_no
            and unforeseen.origin_week_no <= demand.week_no
            and unforeseen.origin_week_no + threshold.forecast_horizon_weeks > demand.week_no
    anti join {{ ref('int_demand_silent') }} as unheard
        on
            unforeseen.distributor_code = unheard.distributor_code
            and demand.week_no = unheard.week_no

),

-- a promotion adds its share to the base; what it takes from the weeks after is below nothing.
-- Rounded here, so that every level above is the sum of what is shown
stated as (

    select
        *,
        cast(method_pieces * share_ratio * promotion_ratio as decimal(18, 3)) as promotion_pieces,
        cast(
            greatest(method_pieces * share_ratio * (1 + promotion_ratio), 0) as decimal(18, 3)
        ) as statistical_pieces
    from told
    union all
    select
        *,
        0 as promotion_pieces,
        0 as statistical_pieces
    from missed

)

-- left join: of most weeks nobody knows better
select
    stated.*,
    override.override_pieces,
    coalesce(override.override_pieces, stated.statistical_pieces) as forecast_pieces
from stated
left join {{ ref('int_forecast_override') }} as override
    on
        stated.is_to_come
        and stated.distributor_code = override.distributor_code
        and stated.sku_code = override.sku_code
        and {{ week_start('stated.week_no') }} = override.week_start_date
