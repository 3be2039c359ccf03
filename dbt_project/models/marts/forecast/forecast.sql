-- The running cycle, SKU by SKU, with everything a row is made of; what has no forecast says why.
with

origin as (

    select * from {{ ref('int_forecast_origin') }}
    where origin_no = 0

),

week as (

    select * from {{ ref('int_forecast_week') }}

),

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

leaf as (

    select * from {{ ref('int_forecast_leaf') }}
    where is_to_come

),

part as (

    select * from {{ ref('int_forecast_method') }}
    where is_to_come

),

ranged as (

    select * from {{ ref('int_forecast_range') }}
    where basis = 'cycle' and node_type = 'distributor' and item_level = 'sku'

),

told as (

    select
        leaf.week_no,
        leaf.lag_weeks,
        leaf.distributor_code,
        leaf.category,
        leaf.sku_code,
        leaf.demand_class,
        leaf.method,
        leaf.naive_pieces,
        leaf.statistical_pieces,
        leaf.override_pieces,
        leaf.forecast_pieces,
        ranged.low_pieces,
        ranged.p20_pieces,
        ranged.high_pieces,
        leaf.method_pieces,
        case leaf.method
            when 'ses_slow' then part.slow_level_pieces
            when 'combined'
                then (part.slow_level_pieces + part.fast_level_pieces + part.tsb_level_pieces) / 3
            when 'ses_fast' then part.fast_level_pieces
            when 'ses_quick' then part.quick_level_pieces
            when 'tsb' then part.tsb_level_pieces
        end as level_pieces,
        case
            when leaf.method in ('ses_slow', 'combined', 'ses_fast', 'ses_quick', 'tsb')
                then part.index_ratio
        end as index_ratio,
        case
            when leaf.method in ('seasonal_growth', 'combined') then part.year_before_pieces
            when leaf.method = 'seasonal_naive' then leaf.method_pieces
        end as year_before_pieces,
        case when leaf.method in ('seasonal_growth', 'combined') then part.growth_ratio
        end as growth_ratio,
        case
            when leaf.method in ('seasonal_growth', 'seasonal_naive', 'combined')
                then part.festival_shift_pieces
        end as festival_shift_pieces,
        leaf.share_ratio,
        leaf.promotion_pieces,
        case when leaf.method = 'delisted' then 'delisted' else 'ok' end as status
    from leaf
    inner join part on leaf.series_no = part.series_no and leaf.week_no = part.week_no
    inner join ranged
        on
            leaf.week_no = ranged.week_no
            and leaf.distributor_code = ranged.node_code
            and leaf.sku_code = ranged.item_code

),

unforecast as (

    select
        week.week_no,
        week.week_no - origin.origin_week_no + 1 as lag_weeks,
        series.distributor_code,
        series.category,
        series.sku_code,
        state.demand_class,
        case when state.demand_class = 'silent' then 'no_report' else 'no_recent_demand' end
            as status
    from origin
    cross join threshold
    inner join {{ ref('int_forecast_state') }} as state
        on origin.origin_week_no = state.origin_week_no
    inner join {{ ref('int_forecast_series') }} as series on state.series_no = series.series_no
    inner join week
        on
            origin.origin_week_no <= week.week_no
            and origin.origin_week_no + threshold.forecast_horizon_weeks > week.week_no
    where not state.is_forecast and series.series_level = 'sku'

),

listed as (

    select * from told
    union all by name
    select * from unforecast

)

select
    origin.origin_week_start_date as cycle_week_start_date,
    {{ week_start('listed.week_no') }} as week_start_date,
    listed.lag_weeks,
    listed.distributor_code,
    listed.category,
    listed.sku_code,
    listed.demand_class,
    listed.method,
    {%- for pieces in ['naive_pieces', 'statistical_pieces', 'override_pieces'] %}
        cast(listed.{{ pieces }} as decimal(18, 3)) as {{ pieces }},
    {%- endfor %}
    cast(listed.forecast_pieces as decimal(18, 3)) as final_pieces,
    {%- for pieces in [
        'low_pieces', 'p20_pieces', 'high_pieces', 'method_pieces', 'level_pieces',
        'year_before_pieces', 'festival_shift_pieces', 'promotion_pieces',
    ] %}
        cast(listed.{{ pieces }} as decimal(18, 3)) as {{ pieces }},
    {%- endfor %}
    listed.index_ratio,
    listed.growth_ratio,
    listed.share_ratio,
    listed.status
from listed
cross join origin
