-- How demand for a new SKU went on in its first year, summed over the launches of a category that
-- had that year behind them at an origin: the curve a SKU without a past of its own is given.
with

origin as (

    select * from {{ ref('int_forecast_origin') }}

),

launch as (

    select
        origin.origin_week_no,
        series.series_no,
        series.category,
        series.first_week_no
    from origin
    inner join {{ ref('int_forecast_series') }} as series
        on
            origin.first_week_no + 13 <= series.first_week_no
            and origin.origin_week_no - 52 >= series.first_week_no
            and origin.origin_week_no - 156 <= series.first_week_no
    where series.series_level = 'sku'

),

age as (

    select unnest(range(0, 52)) as age_weeks

),

curve as (

    select
        launch.origin_week_no,
        launch.category,
        demand.week_no - launch.first_week_no as age_weeks,
        sum(demand.base_pieces) as launch_pieces
    from launch
    inner join {{ ref('int_forecast_demand') }} as demand
        on
            launch.series_no = demand.series_no
            and launch.first_week_no + 52 > demand.week_no
    group by launch.origin_week_no, launch.category, demand.week_no - launch.first_week_no

),

launched as (

    select distinct
        origin_week_no,
        category
    from launch

),

complete as (

    select
        launched.origin_week_no,
        launched.category,
        age.age_weeks,
        coalesce(curve.launch_pieces, 0) as launch_pieces
    from launched
    cross join age
    left join curve
        on
            launched.origin_week_no = curve.origin_week_no
            and launched.category = curve.category
            and age.age_weeks = curve.age_weeks

)

-- known: the curve up to this age under the weights of a level
select
    complete.origin_week_no,
    complete.category,
    complete.age_weeks,
    any_value(complete.launch_pieces) as launch_pieces,
    round(cast(sum(cast(
        earlier.launch_pieces
        * pow({{ 1 - forecast_weight('slow') }}, complete.age_weeks - earlier.age_weeks)
        as decimal(38, 15)
    )) as double), 9) as known_pieces
from complete
inner join complete as earlier
    on
        complete.origin_week_no = earlier.origin_week_no
        and complete.category = earlier.category
        and complete.age_weeks >= earlier.age_weeks
group by complete.origin_week_no, complete.category, complete.age_weeks
