-- Forecast and demand summed over SKUs and distributors: levels add up because they are sums. The
-- naive forecast is set against those series only that had one.
{% set keys = ['basis', 'origin_week_no', 'week_no', 'lag_weeks', 'is_to_come'] %}
{% set items = ['category', 'brand', 'sku_code'] %}

with

sku as (

    select
        sku_code,
        coalesce(brand, 'UNKNOWN') as brand
    from {{ ref('dim_sku') }}
    where is_current

),

leaf as (

    select
        case when is_to_come then 'cycle' else 'backtest' end as basis,
        distributor_code,
        category,
        sku_code,
        origin_week_no,
        week_no,
        lag_weeks,
        is_to_come,
        demand_class,
        {{ exact('naive_step_pieces') }} as naive_step_pieces,
        cast(actual_pieces as decimal(18, 3)) as actual_pieces,
        cast(sold_pieces as decimal(18, 3)) as sold_pieces,
        cast(seasonal_naive_pieces as decimal(18, 3)) as seasonal_naive_pieces,
        statistical_pieces,
        forecast_pieces
    from {{ ref('int_forecast_leaf') }}
    union all
    select
        'archive' as basis,
        distributor_code,
        category,
        sku_code,
        origin_week_no,
        week_no,
        lag_weeks,
        false as is_to_come,
        null as demand_class,
        null as naive_step_pieces,
        actual_pieces,
        sold_pieces,
        seasonal_naive_pieces,
        statistical_pieces,
        forecast_pieces
    from {{ ref('int_forecast_archive') }}

),

judged as (

    select
        leaf.*,
        sku.brand,
        leaf.forecast_pieces - leaf.actual_pieces as error_pieces,
        abs(leaf.forecast_pieces - leaf.actual_pieces) as absolute_error_pieces,
        leaf.seasonal_naive_pieces is not null as has_naive
    from leaf
    inner join sku on leaf.sku_code = sku.sku_code

)

select
    basis,
    origin_week_no,
    week_no,
    lag_weeks,
    is_to_come,
    {{ node_type(['distributor_code']) }} as node_type,
    {{ node_code(['distributor_code']) }} as node_code,
    {{ item_level(items) }} as item_level,
    {{ item_code(items) }} as item_code,
    case
        when grouping(distributor_code) = 0 and grouping(sku_code) = 0
            then any_value(demand_class)
        else 'all'
    end as demand_class,
    count(*) as series_count,
    sum(actual_pieces) as actual_pieces,
    sum(sold_pieces) as sold_pieces,
    sum(forecast_pieces) as forecast_pieces,
    sum(statistical_pieces) as statistical_pieces,
    sum(seasonal_naive_pieces) as naive_pieces,
    sum(error_pieces) as error_pieces,
    sum(absolute_error_pieces) as absolute_error_pieces,
    sum(abs(statistical_pieces - actual_pieces)) as statistical_absolute_error_pieces,
    sum(abs(forecast_pieces - sold_pieces)) as sold_absolute_error_pieces,
    sum(absolute_error_pieces) filter (where naive_step_pieces > 0)
        as scaled_absolute_error_pieces,
    sum(naive_step_pieces) as naive_step_pieces,
    sum(abs(seasonal_naive_pieces - actual_pieces)) as naive_absolute_error_pieces,
    sum(abs(statistical_pieces - actual_pieces)) filter (where has_naive)
        as compared_absolute_error_pieces,
    sum(actual_pieces) filter (where has_naive) as compared_actual_pieces
from judged
group by {{ node_sets(keys, ['distributor_code']) }}, {{ item_sets([], items) }}  -- noqa: PRS
