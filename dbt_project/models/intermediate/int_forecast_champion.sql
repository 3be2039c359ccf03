-- The method of each segment: the smallest error of all lags, where two are within a hundredth the
-- smaller bias; never one that was worse than the seasonal naive. A segment with little behind it
-- follows its class in all categories.
{% set methods = forecast_methods() %}

with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

backtest as (

    select * from {{ ref('int_forecast_backtest') }}

),

segment as (

    select distinct
        series.series_level,
        series.category,
        state.demand_class
    from {{ ref('int_forecast_state') }} as state
    inner join {{ ref('int_forecast_series') }} as series on state.series_no = series.series_no
    where state.is_forecast

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
    group by {{ sets_of(['series_level', 'demand_class', 'method'], ['category']) }}  -- noqa: PRS

),

-- methods that had something to say of as many weeks as any: errors of fewer weeks are smaller
whole as (

    select *
    from summed
    qualify forecast_count = max(forecast_count) over (
        partition by series_level, category, demand_class
    )

),

measured as (

    select
        *,
        {{ safe_ratio('absolute_error_pieces', 'actual_pieces') }} as wape_ratio,
        abs({{ safe_ratio('error_pieces', 'actual_pieces') }}) as bias_ratio,
        min(absolute_error_pieces) filter (where method = 'seasonal_naive') over (
            partition by series_level, category, demand_class
        ) as naive_error_pieces
    from whole

),

ranked as (

    select
        *,
        row_number() over (
            partition by series_level, category, demand_class
            order by
                round(wape_ratio, 2) asc nulls last,
                bias_ratio asc nulls last,
                list_position({{ methods }}, method) asc
        ) as place
    from measured
    where absolute_error_pieces <= coalesce(naive_error_pieces, absolute_error_pieces)

),

winner as (

    select * from ranked
    where place = 1

)

select
    segment.series_level,
    segment.category,
    segment.demand_class,
    case
        when own.forecast_count >= threshold.forecast_segment_min_rows then 'segment'
        when of_class.method is not null then 'class'
        else 'default'
    end as chosen_by,
    case
        when own.forecast_count >= threshold.forecast_segment_min_rows then own.method
        when of_class.method is not null then of_class.method
        when segment.demand_class = 'regular' then 'combined'
        else 'ses_slow'
    end as method
from segment
cross join threshold
left join winner as own
    on
        segment.series_level = own.series_level
        and segment.category = own.category
        and segment.demand_class = own.demand_class
left join winner as of_class
    on
        segment.series_level = of_class.series_level
        and of_class.category is null
        and segment.demand_class = of_class.demand_class
