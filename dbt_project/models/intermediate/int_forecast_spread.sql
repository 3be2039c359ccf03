-- How far what came lay from what was said, as shares of it: the tenth, the twentieth and the
-- ninetieth percentile of forecasts of one kind, size and reach. Once of all past origins, for the
-- forecast to come; once of the older half, so that the newer half says how many the range held.
{% set keys = [
    'listed.learnt_from',
    'listed.node_type',
    'listed.item_level',
    'listed.demand_class',
    'listed.lag_band',
] %}

with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

origin as (

    select
        origin_week_no,
        origin_no,
        origin_no > (max(origin_no) over ()) / 2 as is_older
    from {{ ref('int_forecast_origin') }}

),

scored as (

    select
        node.node_type,
        node.item_level,
        node.demand_class,
        {{ lag_band('node.lag_weeks') }} as lag_band,
        {{ size_band('node.statistical_pieces') }} as size_band,
        origin.is_older,
        node.actual_pieces / {{ spread_base('node.statistical_pieces') }} as spread_ratio
    from {{ ref('int_forecast_node') }} as node
    inner join origin on node.origin_week_no = origin.origin_week_no
    where node.basis = 'backtest' and node.demand_class != 'unforeseen'

),

listed as (

    select
        'all' as learnt_from,
        * exclude (is_older)
    from scored
    union all
    select
        'older' as learnt_from,
        * exclude (is_older)
    from scored
    where is_older

)

-- a size of which there is little behind takes the range of all sizes
select
    listed.learnt_from,
    listed.node_type,
    listed.item_level,
    listed.demand_class,
    listed.lag_band,
    listed.size_band,
    count(*) as forecast_count,
    quantile_cont(listed.spread_ratio, 0.1) as low_ratio,
    quantile_cont(listed.spread_ratio, 0.2) as p20_ratio,
    quantile_cont(listed.spread_ratio, 0.9) as high_ratio
from listed
cross join threshold
group by {{ sets_of(keys, ['listed.size_band']) }}  -- noqa: PRS
having count(*) >= any_value(threshold.forecast_interval_min_rows)
