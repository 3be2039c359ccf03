-- What is expected to sell after a count, week by week and added up: after the latest count as the
-- running cycle has it, after an earlier one as the cycle that was closed then had it. Weeks that
-- ended between the count and the cycle are what was asked for in them.
with

position as (

    select * from {{ ref('int_stock_position') }}

),

origin as (

    select origin_week_start_date as cycle_week_start_date
    from {{ ref('int_forecast_origin') }}
    where origin_no = 0

),

-- closed cycles keep no twentieth percentile
promised as (

    select
        position.week_start_date,
        position.snapshot_date,
        position.distributor_code,
        position.sku_code,
        told.week_start_date as demand_week_start_date,
        told.final_pieces as demand_pieces,
        null as cautious_pieces
    from position
    inner join {{ ref('stg_forecast_cycle') }} as told
        on
            position.distributor_code = told.distributor_code
            and position.sku_code = told.sku_code
            and position.demand_week_start_date + 7 = told.cycle_week_start_date
    where not position.is_latest

),

latest as (

    select
        position.week_start_date,
        position.snapshot_date,
        position.demand_week_start_date,
        position.distributor_code,
        position.sku_code,
        origin.cycle_week_start_date
    from position
    cross join origin
    where
        position.is_latest
        and position.demand_week_start_date < origin.cycle_week_start_date

),

told as (

    select
        distributor_code,
        sku_code,
        week_start_date,
        final_pieces,
        p20_pieces
    from {{ ref('forecast') }}
    where final_pieces is not null

),

-- a week nobody reported, or only in part, is taken as the first that is forecast. Left joins: in
-- one that was reported what has no demand was not asked for, and not all is forecast
since as (

    select
        latest.week_start_date,
        latest.snapshot_date,
        latest.distributor_code,
        latest.sku_code,
        week.week_start_date as demand_week_start_date,
        case
            when demand.mark in ('unreported', 'partial') then coalesce(told.final_pieces, 0)
            else coalesce(demand.demand_pieces, 0)
        end as demand_pieces,
        case
            when demand.mark in ('unreported', 'partial') and told.final_pieces is not null
                then told.p20_pieces
            when demand.mark in ('unreported', 'partial') then 0
            else coalesce(demand.demand_pieces, 0)
        end as cautious_pieces
    from latest
    inner join {{ ref('dim_week') }} as week
        on
            latest.demand_week_start_date < week.week_start_date
            and latest.cycle_week_start_date > week.week_start_date
    left join {{ ref('int_demand_week') }} as demand
        on
            latest.distributor_code = demand.distributor_code
            and latest.sku_code = demand.sku_code
            and week.week_start_date = demand.week_start_date
    left join told
        on
            latest.distributor_code = told.distributor_code
            and latest.sku_code = told.sku_code
            and latest.cycle_week_start_date = told.week_start_date

),

ahead as (

    select
        latest.week_start_date,
        latest.snapshot_date,
        latest.distributor_code,
        latest.sku_code,
        told.week_start_date as demand_week_start_date,
        told.final_pieces as demand_pieces,
        told.p20_pieces as cautious_pieces
    from latest
    inner join told
        on
            latest.distributor_code = told.distributor_code
            and latest.sku_code = told.sku_code

),

listed as (

    select * from promised
    union all
    select * from since
    union all
    select * from ahead

),

-- only what is left of a week that had begun when stock was counted
placed as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        demand_week_start_date,
        greatest(demand_week_start_date - snapshot_date - 1, 0) as from_day,
        demand_week_start_date + 6 - snapshot_date as to_day,
        cast(demand_pieces as double) as weekly_pieces,
        cast(cautious_pieces as double) as cautious_weekly_pieces
    from listed

)

select
    week_start_date,
    distributor_code,
    sku_code,
    demand_week_start_date,
    cast(from_day as bigint) as from_day,
    cast(to_day as bigint) as to_day,
    weekly_pieces,
    cautious_weekly_pieces,
    sum(weekly_pieces * (to_day - from_day) / 7) over so_far as cumulated_pieces,
    case
        when count(cautious_weekly_pieces) over so_far = count(*) over so_far
            then sum(cautious_weekly_pieces * (to_day - from_day) / 7) over so_far
    end as cautious_cumulated_pieces
from placed
window so_far as (
    partition by week_start_date, distributor_code, sku_code
    order by to_day
    rows between unbounded preceding and current row
)
