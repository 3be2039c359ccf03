-- Which method was how wrong in which segment, and which one is used for it.
with

backtest as (

    select * from {{ ref('int_forecast_backtest') }}

),

champion as (

    select * from {{ ref('int_forecast_champion') }}

),

summed as (

    select
        series_level,
        category,
        demand_class,
        method,
        sum(forecast_count) as forecast_count,
        sum(actual_pieces) as actual_pieces,
        sum(absolute_error_pieces) as absolute_error_pieces,
        sum(error_pieces) as error_pieces
    from backtest
    group by series_level, category, demand_class, method

)

-- left join: a segment of the past may have no series today
select
    summed.series_level,
    summed.category,
    summed.demand_class,
    summed.method,
    cast(summed.forecast_count as bigint) as forecast_count,
    cast(summed.absolute_error_pieces as decimal(18, 3)) as backtest_wape_num,
    cast(summed.actual_pieces as decimal(18, 3)) as backtest_wape_den,
    {{ safe_ratio('summed.absolute_error_pieces', 'summed.actual_pieces') }} as backtest_wape_ratio,
    cast(summed.error_pieces as decimal(18, 3)) as backtest_bias_num,
    {{ safe_ratio('summed.error_pieces', 'summed.actual_pieces') }} as backtest_bias_ratio,
    coalesce(summed.method = champion.method, false) as is_champion,
    champion.chosen_by
from summed
left join champion
    on
        summed.series_level = champion.series_level
        and summed.category = champion.category
        and summed.demand_class = champion.demand_class
