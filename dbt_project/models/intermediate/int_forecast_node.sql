-- Forecast and demand of each SKU of a distributor, and summed over SKUs and distributors: levels
-- add up because they are sums. The naive forecast is set against those series only that had one.
{% set keys = ['basis', 'origin_week_no', 'week_no', 'lag_weeks', 'is_to_come'] %}
{% set above = [
    'category',
    'brand',
    'sku_code',
    'distributor_code',
    'distributor_code, category',
    'distributor_code, brand',
] %}
{% set items = ['category', 'brand', 'sku_code'] %}
{% set measures = [
    'actual_pieces',
    'sold_pieces',
    'forecast_pieces',
    'statistical_pieces',
    'naive_pieces',
    'error_pieces',
    'absolute_error_pieces',
    'statistical_absolute_error_pieces',
    'sold_absolute_error_pieces',
    'scaled_absolute_error_pieces',
    'naive_step_pieces',
    'naive_absolute_error_pieces',
    'compared_absolute_error_pieces',
    'compared_actual_pieces',
] %}

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
        cast(naive_pieces as decimal(18, 3)) as naive_pieces,
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
        naive_pieces,
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
        abs(leaf.statistical_pieces - leaf.actual_pieces) as statistical_absolute_error_pieces,
        abs(leaf.forecast_pieces - leaf.sold_pieces) as sold_absolute_error_pieces,
        case
            when leaf.naive_step_pieces > 0 then abs(leaf.forecast_pieces - leaf.actual_pieces)
        end as scaled_absolute_error_pieces,
        abs(leaf.naive_pieces - leaf.actual_pieces) as naive_absolute_error_pieces,
        case
            when leaf.naive_pieces is not null
                then abs(leaf.statistical_pieces - leaf.actual_pieces)
        end as compared_absolute_error_pieces,
        case when leaf.naive_pieces is not null then leaf.actual_pieces end
            as compared_actual_pieces
    from leaf
    inner join sku on leaf.sku_code = sku.sku_code

),

-- a SKU of a distributor is one row already: most rows need no sum, and no memory for one
node as (

    select
        {{ keys | join(',\n        ') }},
        'distributor' as node_type,
        distributor_code as node_code,
        'sku' as item_level,
        sku_code as item_code,
        demand_class,
        1 as series_count,
        {{ measures | join(',\n        ') }}
    from judged
    union all
    select
        {{ keys | join(',\n        ') }},
        {{ node_type(['distributor_code']) }} as node_type,
        {{ node_code(['distributor_code']) }} as node_code,
        {{ item_level(items) }} as item_level,
        {{ item_code(items) }} as item_code,
        'all' as demand_class,
        count(*) as series_count,
        {%- for measure in measures %}
            sum({{ measure }}) as {{ measure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from judged
    group by {{ sets_of(keys, above) }}  -- noqa: PRS

)

select * from node
