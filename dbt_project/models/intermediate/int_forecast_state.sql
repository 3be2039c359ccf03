-- A series as it was known at an origin: everything the methods need of its past, in one pass over
-- its weeks. A level is weighted demand over the equally weighted season, so that weeks in which
-- hardly anything sells say hardly anything.
with

origin as (

    select * from {{ ref('int_forecast_origin') }}

),

week as (

    select * from {{ ref('int_forecast_week') }}

),

series as (

    select * from {{ ref('int_forecast_series') }}

),

-- how often each week of the year before stands against one of the last 26
base as (

    select
        origin.origin_week_no,
        week.base_week_no as week_no,
        count(*) as base_count
    from origin
    inner join week
        on
            origin.origin_week_no - 26 <= week.week_no
            and origin.origin_week_no > week.week_no
    group by origin.origin_week_no, week.base_week_no

),

weighted as (

    select
        origin.origin_week_no,
        week.week_no,
        week.base_week_no,
        pow({{ 1 - forecast_weight('slow') }}, origin.origin_week_no - 1 - week.week_no)
            as slow_weight,
        pow({{ 1 - forecast_weight('fast') }}, origin.origin_week_no - 1 - week.week_no)
            as fast_weight,
        pow({{ 1 - forecast_weight('quick') }}, origin.origin_week_no - 1 - week.week_no)
            as quick_weight,
        pow({{ 1 - forecast_weight('size') }}, origin.origin_week_no - 1 - week.week_no)
            as size_weight,
        week.week_no >= origin.origin_week_no - 52 as is_year,
        week.week_no >= origin.origin_week_no - 26 as is_recent,
        coalesce(base.base_count, 0) as base_count
    from origin
    inner join week
        on
            origin.origin_week_no - 104 <= week.week_no
            and origin.origin_week_no > week.week_no
    left join base
        on
            origin.origin_week_no = base.origin_week_no
            and week.week_no = base.week_no

),

-- the same weights over the season of the pool, from any first week on
season as (

    select
        weighted.origin_week_no,
        season_index.pool_no,
        weighted.week_no as first_week_no,
        sum({{ exact('weighted.slow_weight * season_index.index_ratio') }}) over since
            as slow_index,
        sum({{ exact('weighted.fast_weight * season_index.index_ratio') }}) over since
            as fast_index,
        sum({{ exact('weighted.quick_weight * season_index.index_ratio') }}) over since
            as quick_index,
        sum({{ exact('weighted.slow_weight') }}) over since as slow_weeks,
        sum({{ exact('weighted.size_weight * season_index.index_ratio') }}) over since
        / sum({{ exact('weighted.size_weight') }}) over since as size_index_ratio
    from weighted
    inner join {{ ref('int_forecast_index') }} as season_index
        on
            weighted.origin_week_no = season_index.origin_week_no
            and weighted.week_no = season_index.week_no
    window since as (
        partition by weighted.origin_week_no, season_index.pool_no
        order by weighted.week_no desc
    )

),

summed as (

    select
        demand.series_no,
        weighted.origin_week_no,
        any_value(series.pool_no) as pool_no,
        any_value(series.first_week_no) as first_week_no,
        any_value(series.last_report_week_no) as last_report_week_no,
        sum({{ exact('demand.base_pieces * weighted.slow_weight') }}) as slow_pieces,
        sum({{ exact('demand.base_pieces * weighted.fast_weight') }}) as fast_pieces,
        sum({{ exact('demand.base_pieces * weighted.quick_weight') }}) as quick_pieces,
        sum({{ exact('demand.base_pieces * weighted.size_weight') }}) as size_pieces,
        sum({{ exact('weighted.slow_weight') }}) as slow_occurrence,
        sum({{ exact('weighted.size_weight') }}) as size_occurrence,
        sum(demand.base_pieces) filter (where weighted.is_year) as year_pieces,
        count(*) filter (where weighted.is_year) as selling_weeks,
        sum(
            demand.change_pieces
            + case
                when weighted.week_no < weighted.origin_week_no - 1 then demand.fall_pieces
                else 0
            end
        ) as change_pieces,
        sum(demand.base_pieces) filter (
            where weighted.is_recent and weighted.base_week_no >= series.first_week_no
        ) as recent_pieces,
        sum(demand.base_pieces * weighted.base_count) as year_before_pieces
    from {{ ref('int_forecast_demand') }} as demand
    inner join weighted on demand.week_no = weighted.week_no
    inner join series on demand.series_no = series.series_no
    group by demand.series_no, weighted.origin_week_no

),

levelled as (

    select
        summed.series_no,
        summed.origin_week_no,
        summed.first_week_no,
        summed.origin_week_no - 1 - summed.last_report_week_no as silent_weeks,
        summed.origin_week_no - summed.first_week_no as history_weeks,
        summed.selling_weeks,
        round(
            summed.change_pieces
            / greatest(least(summed.origin_week_no - summed.first_week_no, 104) - 1, 1),
            9
        ) as naive_step_pieces,
        cast(coalesce(summed.year_pieces, 0) as double) as year_pieces,
        round(cast(summed.slow_pieces as double), 9) as slow_pieces,
        round(summed.slow_pieces / nullif(season.slow_index, 0), 9) as slow_level_pieces,
        round(summed.fast_pieces / nullif(season.fast_index, 0), 9) as fast_level_pieces,
        round(summed.quick_pieces / nullif(season.quick_index, 0), 9) as quick_level_pieces,
        round(
            summed.slow_occurrence / season.slow_weeks
            * summed.size_pieces / summed.size_occurrence
            / nullif(season.size_index_ratio, 0),
            9
        ) as tsb_level_pieces,
        case
            when summed.recent_pieces > 0 and summed.year_before_pieces > 0
                then least(greatest(summed.recent_pieces / summed.year_before_pieces, 0.5), 2)
            else 1
        end as growth_ratio
    from summed
    inner join season
        on
            summed.origin_week_no = season.origin_week_no
            and summed.pool_no = season.pool_no
            and greatest(summed.first_week_no, summed.origin_week_no - 104) = season.first_week_no

),

-- a year without demand is the end of it; a distributor that stopped reporting tells nothing
classed as (

    select
        levelled.* exclude (levelled.silent_weeks),
        case
            when levelled.silent_weeks > threshold.forecast_silent_weeks then 'silent'
            when levelled.year_pieces <= 0 then 'dormant'
            when levelled.history_weeks < 13 then 'new'
            when levelled.history_weeks < 57 then 'short'
            when least(levelled.history_weeks, 52) > 1.32 * levelled.selling_weeks
                then 'intermittent'
            else 'regular'
        end as demand_class
    from levelled
    cross join {{ ref('int_threshold_applied') }} as threshold

)

select
    *,
    demand_class not in ('silent', 'dormant') as is_forecast
from classed
