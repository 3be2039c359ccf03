-- How wrong what was said turned out, at the lags that are looked at. Errors are summed over the
-- SKUs of distributors, so that any group of rows adds up.
with

node as (

    select
        node.*,
        ranged.low_pieces,
        ranged.high_pieces
    from {{ ref('int_forecast_node') }} as node
    -- left join: closed cycles keep the ranges of their rows only
    left join {{ ref('int_forecast_range') }} as ranged
        on
            node.basis = ranged.basis
            and node.origin_week_no = ranged.origin_week_no
            and node.week_no = ranged.week_no
            and node.node_type = ranged.node_type
            and node.node_code = ranged.node_code
            and node.item_level = ranged.item_level
            and node.item_code = ranged.item_code
    where
        node.basis != 'cycle'
        and node.lag_weeks in (1, 4, 8, 13)
        and not (node.node_type = 'distributor' and node.item_level = 'sku')

),

-- the newer half of the origins: the older half taught the ranges
halved as (

    select
        origin_week_no,
        origin_no <= (max(origin_no) over ()) / 2 as is_newer
    from {{ ref('int_forecast_origin') }}

),

judged as (

    select
        node.*,
        case
            when halved.is_newer and node.low_pieces is not null
                then node.actual_pieces between node.low_pieces and node.high_pieces
        end as is_within
    from node
    left join halved on node.origin_week_no = halved.origin_week_no

),

-- rounded before they are divided: a reader of the parts must get the same ratio
stated as (

    select
        basis,
        {{ week_start('origin_week_no') }} as cycle_week_start_date,
        {{ week_start('week_no') }} as week_start_date,
        lag_weeks,
        node_type,
        node_code,
        item_level,
        item_code,
        series_count,
        cast(forecast_pieces as decimal(18, 3)) as final_pieces,
        cast(actual_pieces as decimal(18, 3)) as demand_pieces,
        cast(sold_pieces as decimal(18, 3)) as sold_pieces,
        cast(absolute_error_pieces as decimal(18, 3)) as error_size_pieces,
        cast(sold_absolute_error_pieces as decimal(18, 3)) as sold_error_size_pieces,
        cast(error_pieces as decimal(18, 3)) as error_pieces,
        cast(scaled_absolute_error_pieces as decimal(18, 3)) as scaled_error_size_pieces,
        cast(naive_step_pieces as decimal(18, 3)) as naive_step_pieces,
        cast(naive_absolute_error_pieces - compared_absolute_error_pieces as decimal(18, 3))
            as saved_by_statistics_pieces,
        cast(compared_actual_pieces as decimal(18, 3)) as compared_demand_pieces,
        cast(statistical_absolute_error_pieces - absolute_error_pieces as decimal(18, 3))
            as saved_by_overrides_pieces,
        cast(is_within as bigint) as within_count
    from judged

)

select
    basis,
    cycle_week_start_date,
    week_start_date,
    lag_weeks,
    node_type,
    node_code,
    item_level,
    item_code,
    series_count,
    final_pieces,
    demand_pieces,
    sold_pieces,
    error_size_pieces as wape_num,
    demand_pieces as wape_den,
    {{ safe_ratio('error_size_pieces', 'demand_pieces') }} as wape_ratio,
    abs(error_pieces) as node_wape_num,
    demand_pieces as node_wape_den,
    {{ safe_ratio('abs(error_pieces)', 'demand_pieces') }} as node_wape_ratio,
    sold_error_size_pieces as sold_wape_num,
    sold_pieces as sold_wape_den,
    {{ safe_ratio('sold_error_size_pieces', 'sold_pieces') }} as sold_wape_ratio,
    error_pieces as bias_num,
    demand_pieces as bias_den,
    {{ safe_ratio('error_pieces', 'demand_pieces') }} as bias_ratio,
    error_pieces as tracking_num,
    cast(error_size_pieces as double) / series_count as tracking_den,
    {{ safe_ratio('error_pieces', 'cast(error_size_pieces as double) / series_count') }}
        as tracking_ratio,
    scaled_error_size_pieces as mase_num,
    naive_step_pieces as mase_den,
    {{ safe_ratio('scaled_error_size_pieces', 'naive_step_pieces') }} as mase_ratio,
    saved_by_statistics_pieces as fva_statistical_num,
    compared_demand_pieces as fva_statistical_den,
    {{ safe_ratio('saved_by_statistics_pieces', 'compared_demand_pieces') }}
        as fva_statistical_ratio,
    saved_by_overrides_pieces as fva_override_num,
    demand_pieces as fva_override_den,
    {{ safe_ratio('saved_by_overrides_pieces', 'demand_pieces') }} as fva_override_ratio,
    within_count as interval_num,
    cast(case when within_count is not null then 1 end as bigint) as interval_den,
    cast(within_count as double) as interval_ratio,
    case when demand_pieces > 0 then 'ok' else 'no_base' end as status
from stated
