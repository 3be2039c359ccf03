-- How far demand added up over the first weeks of a past forecast lay above what was said, as a
-- share of it: the share that as many cycles as the service level asks for stayed below.
{% set finer = ['scored.demand_class', 'scored.demand_class, scored.size_band'] %}

with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

reach as (

    select distinct supply_weeks
    from {{ ref('int_supply') }}

),

told as (

    select
        demand_class,
        series_no,
        origin_week_no,
        lag_weeks,
        sum(cast(forecast_pieces as double)) over so_far as forecast_pieces,
        sum(cast(actual_pieces as double)) over so_far as actual_pieces,
        count(*) over so_far as week_count
    from {{ ref('int_forecast_leaf') }}
    where not is_to_come and demand_class != 'unforeseen'
    window so_far as (
        partition by series_no, origin_week_no
        order by lag_weeks
        rows between unbounded preceding and current row
    )

),

-- a stretch with a week in it nobody knows is not judged
scored as (

    select
        told.demand_class,
        reach.supply_weeks,
        {{ size_band('told.forecast_pieces') }} as size_band,
        (told.actual_pieces - told.forecast_pieces) / {{ spread_base('told.forecast_pieces') }}
            as error_ratio
    from told
    inner join reach on told.lag_weeks = reach.supply_weeks
    where told.week_count = told.lag_weeks

)

select
    scored.demand_class,
    scored.supply_weeks,
    scored.size_band,
    count(*) as forecast_count,
    greatest(
        list_sort(array_agg(scored.error_ratio))[
            cast(ceil(any_value(threshold.service_level_ratio) * count(*)) as bigint)
        ],
        0
    ) as service_ratio
from scored
cross join threshold
group by {{ sets_of(['scored.supply_weeks'], finer) }}  -- noqa: PRS
having count(*) >= any_value(threshold.forecast_interval_min_rows)
