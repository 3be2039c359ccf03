-- How wrong what was said turned out, at the lags that are looked at. Errors are summed over SKUs of
-- distributors, so that any group of rows adds up.
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

)

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
    cast(absolute_error_pieces as decimal(18, 3)) as wape_num,
    cast(actual_pieces as decimal(18, 3)) as wape_den,
    {{ safe_ratio('absolute_error_pieces', 'actual_pieces') }} as wape_ratio,
    cast(abs(error_pieces) as decimal(18, 3)) as node_wape_num,
    cast(actual_pieces as decimal(18, 3)) as node_wape_den,
    {{ safe_ratio('abs(error_pieces)', 'actual_pieces') }} as node_wape_ratio,
    cast(sold_absolute_error_pieces as decimal(18, 3)) as sold_wape_num,
    cast(sold_pieces as decimal(18, 3)) as sold_wape_den,
    {{ safe_ratio('sold_absolute_error_pieces', 'sold_pieces') }} as sold_wape_ratio,
    cast(error_pieces as decimal(18, 3)) as bias_num,
    cast(actual_pieces as decimal(18, 3)) as bias_den,
    {{ safe_ratio('error_pieces', 'actual_pieces') }} as bias_ratio,
    cast(error_pieces as decimal(18, 3)) as tracking_num,
    absolute_error_pieces / series_count as tracking_den,
    {{ safe_ratio('error_pieces', 'absolute_error_pieces / series_count') }} as tracking_ratio,
    cast(scaled_absolute_error_pieces as decimal(18, 3)) as mase_num,
    cast(naive_step_pieces as decimal(18, 3)) as mase_den,
    {{ safe_ratio('scaled_absolute_error_pieces', 'naive_step_pieces') }} as mase_ratio,
    cast(naive_absolute_error_pieces - compared_absolute_error_pieces as decimal(18, 3))
        as fva_statistical_num,
    cast(compared_actual_pieces as decimal(18, 3)) as fva_statistical_den,
    {{ safe_ratio(
        'naive_absolute_error_pieces - compared_absolute_error_pieces', 'compared_actual_pieces'
    ) }} as fva_statistical_ratio,
    cast(statistical_absolute_error_pieces - absolute_error_pieces as decimal(18, 3))
        as fva_override_num,
    cast(actual_pieces as decimal(18, 3)) as fva_override_den,
    {{ safe_ratio('statistical_absolute_error_pieces - absolute_error_pieces', 'actual_pieces') }}
        as fva_override_ratio,
    cast(is_within as bigint) as interval_num,
    cast(case when is_within is not null then 1 end as bigint) as interval_den,
    cast(cast(is_within as bigint) as double) as interval_ratio,
    case when actual_pieces > 0 then 'ok' else 'no_base' end as status
from judged
