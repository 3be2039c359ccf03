-- Demand of every series by week, from its first week on; weeks without a row had none. The methods
-- learn from the base, which is demand without what promotions brought.
with

series as (

    select * from {{ ref('int_forecast_series') }}

),

demand as (

    select
        distributor_code,
        category,
        sku_code,
        {{ week_no('week_start_date') }} as week_no,
        demand_pieces,
        cast(greatest(demand_pieces - promotion_pieces, 0) as decimal(18, 3)) as base_pieces,
        coalesce(sold_pieces, 0) as sold_pieces
    from {{ ref('int_demand_week') }}
    where demand_pieces > 0

),

series_week as (

    select
        series.series_no,
        demand.week_no,
        demand.demand_pieces,
        demand.base_pieces,
        demand.sold_pieces
    from demand
    inner join series
        on
            demand.distributor_code = series.distributor_code
            and demand.sku_code = series.sku_code
    union all
    select
        series.series_no,
        demand.week_no,
        cast(sum(demand.demand_pieces) as decimal(18, 3)) as demand_pieces,
        cast(sum(demand.base_pieces) as decimal(18, 3)) as base_pieces,
        cast(sum(demand.sold_pieces) as decimal(18, 3)) as sold_pieces
    from demand
    inner join series
        on
            series.series_level = 'category'
            and demand.distributor_code = series.distributor_code
            and demand.category = series.category
    group by series.series_no, demand.week_no

)

-- change: up or down from the week before; fall: down to nothing in the week after, which has none
select
    *,
    case
        when lag(week_no) over by_week = week_no - 1
            then abs(demand_pieces - lag(demand_pieces) over by_week)
        when lag(week_no) over by_week is not null then demand_pieces
        else 0
    end as change_pieces,
    case when lead(week_no) over by_week = week_no + 1 then 0 else demand_pieces end
        as fall_pieces
from series_week
window by_week as (partition by series_no order by week_no)
