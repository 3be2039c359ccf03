-- Closed cycles beside what came: of every week promised that is known by now. What a
-- distributor did not report, or only in part, is not known.
with

promised as (

    select
        {{ week_no('told.cycle_week_start_date') }} as origin_week_no,
        {{ week_no('told.week_start_date') }} as week_no,
        told.distributor_code,
        told.sku_code,
        told.naive_pieces,
        told.statistical_pieces,
        told.override_pieces,
        told.final_pieces
    from {{ ref('stg_forecast_cycle') }} as told
    anti join {{ ref('int_demand_silent') }} as unheard
        on
            told.distributor_code = unheard.distributor_code
            and told.week_start_date = unheard.week_start_date
    where told.week_start_date + 6 <= {{ as_of() }}

),

-- left join: what sold nothing has no row
judged as (

    select
        series.series_no,
        series.distributor_code,
        series.category,
        series.sku_code,
        promised.origin_week_no,
        promised.week_no,
        promised.week_no - promised.origin_week_no + 1 as lag_weeks,
        coalesce(demand.demand_pieces, 0) as actual_pieces,
        coalesce(demand.sold_pieces, 0) as sold_pieces,
        promised.naive_pieces,
        promised.statistical_pieces,
        promised.override_pieces,
        promised.final_pieces as forecast_pieces
    from promised
    inner join {{ ref('int_forecast_series') }} as series
        on
            promised.distributor_code = series.distributor_code
            and promised.sku_code = series.sku_code
    left join {{ ref('int_forecast_demand') }} as demand
        on series.series_no = demand.series_no and promised.week_no = demand.week_no

)

select * from judged
