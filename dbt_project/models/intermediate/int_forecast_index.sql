-- The season of a pool as it was known at an origin: a week's demand over the mean of the year
-- around it, averaged over the years. A week that was not yet known takes the years before.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

origin as (

    select * from {{ ref('int_forecast_origin') }}

),

week as (

    select * from {{ ref('int_forecast_week') }}

),

pooled as (

    select
        series.pool_no,
        demand.week_no,
        sum(demand.base_pieces) as base_pieces
    from {{ ref('int_forecast_demand') }} as demand
    inner join {{ ref('int_forecast_series') }} as series on demand.series_no = series.series_no
    group by series.pool_no, demand.week_no

),

pool as (

    select
        pool_no,
        min(week_no) as first_week_no
    from pooled
    group by pool_no

),

-- running sums, so that the mean of any year is a difference
cumulated as (

    select
        pool.pool_no,
        pool.first_week_no,
        week.week_no,
        coalesce(pooled.base_pieces, 0) as base_pieces,
        sum(coalesce(pooled.base_pieces, 0)) over (
            partition by pool.pool_no order by week.week_no
        ) as running_pieces
    from pool
    inner join week on pool.first_week_no <= week.week_no
    left join pooled on pool.pool_no = pooled.pool_no and week.week_no = pooled.week_no
    where week.week_no < (select max(origin.origin_week_no) from origin)

),

-- growth over the year before, of weeks that have one
grown as (

    select
        origin.origin_week_no,
        cumulated.pool_no,
        least(greatest(
            sum(cumulated.base_pieces) / nullif(sum(year_before.base_pieces), 0), 0.5
        ), 2) as growth_ratio
    from origin
    inner join cumulated
        on
            origin.origin_week_no - 52 <= cumulated.week_no
            and origin.origin_week_no > cumulated.week_no
    inner join week on cumulated.week_no = week.week_no
    inner join cumulated as year_before
        on
            cumulated.pool_no = year_before.pool_no
            and week.base_week_no = year_before.week_no
    group by origin.origin_week_no, cumulated.pool_no
    having count(*) >= 13

),

-- the year around a week; at the ends of what is known the nearest whole year, brought by growth to
-- where the week lies
seasonal as (

    select
        origin.origin_week_no,
        cumulated.pool_no,
        cumulated.week_no,
        cumulated.base_pieces
        / nullif((year_end.running_pieces - coalesce(year_start.running_pieces, 0)) / 52, 0)
        / pow(
            coalesce(grown.growth_ratio, 1), (cumulated.week_no - year_end.week_no + 25.5) / 52
        ) as index_ratio
    from origin
    inner join cumulated
        on
            origin.origin_week_no > cumulated.week_no
            and origin.origin_week_no - cumulated.first_week_no >= 52
    inner join cumulated as year_end
        on
            cumulated.pool_no = year_end.pool_no
            and year_end.week_no = least(
                greatest(cumulated.week_no + 26, cumulated.first_week_no + 51),
                origin.origin_week_no - 1
            )
    left join cumulated as year_start
        on
            year_end.pool_no = year_start.pool_no
            and year_end.week_no - 52 = year_start.week_no
    left join grown
        on
            origin.origin_week_no = grown.origin_week_no
            and cumulated.pool_no = grown.pool_no

),

place as (

    select
        week_no,
        week_no as same_week_no
    from week
    union all
    select
        week_no,
        base_week_no as same_week_no
    from week
    union all
    select
        week_no,
        second_base_week_no as same_week_no
    from week
    union all
    select
        week_no,
        third_base_week_no as same_week_no
    from week

),

averaged as (

    select
        seasonal.origin_week_no,
        seasonal.pool_no,
        place.week_no,
        round(avg({{ exact('seasonal.index_ratio') }}), 9) as index_ratio
    from seasonal
    inner join place on seasonal.week_no = place.same_week_no
    group by seasonal.origin_week_no, seasonal.pool_no, place.week_no

),

wanted as (

    select
        origin.origin_week_no,
        pool.pool_no,
        pool.first_week_no,
        week.week_no
    from origin
    cross join threshold
    cross join pool
    inner join week
        on
            origin.origin_week_no - 104 <= week.week_no
            and week.week_no < origin.origin_week_no + threshold.forecast_horizon_weeks

)

-- left join: without a year of history no season is known
select
    wanted.origin_week_no,
    wanted.pool_no,
    wanted.week_no,
    coalesce(averaged.index_ratio, 1) as index_ratio,
    wanted.origin_week_no - wanted.first_week_no >= 52 as is_known
from wanted
left join averaged
    on
        wanted.origin_week_no = averaged.origin_week_no
        and wanted.pool_no = averaged.pool_no
        and wanted.week_no = averaged.week_no
