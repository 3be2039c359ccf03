-- What those who may take will sell from today on, added up; past the horizon the four weeks before
-- it go on for a year.
with

step as (

    select
        demand.sku_code,
        demand.distributor_code,
        demand.to_day - ({{ as_of() }} - position.snapshot_date) as day,
        demand.weekly_pieces,
        row_number() over (
            partition by demand.sku_code, demand.distributor_code
            order by demand.to_day desc
        ) as from_end
    from {{ ref('int_stock_demand') }} as demand
    inner join {{ ref('int_stock_position') }} as position
        on
            demand.week_start_date = position.week_start_date
            and demand.distributor_code = position.distributor_code
            and demand.sku_code = position.sku_code
    semi join {{ ref('int_transfer_position') }} as taker
        on
            demand.sku_code = taker.sku_code
            and demand.distributor_code = taker.distributor_code
            and taker.need_pieces > 0
    where position.is_latest

),

ahead as (

    select
        sku_code,
        distributor_code,
        day,
        least(day, 7) as told_days,
        weekly_pieces
    from step
    where day > 0
    union all
    select
        sku_code,
        distributor_code,
        max(day) + 364 as day,
        364 as told_days,
        avg(weekly_pieces) filter (where from_end <= 4) as weekly_pieces
    from step
    group by sku_code, distributor_code
    having max(day) > 0

),

begun as (

    select distinct
        sku_code,
        distributor_code
    from ahead

)

select
    sku_code,
    distributor_code,
    cast(0 as bigint) as day,
    cast(0 as double) as cumulated_pieces
from begun
union all
select
    sku_code,
    distributor_code,
    cast(day as bigint) as day,
    sum(weekly_pieces * told_days / 7) over (
        partition by sku_code, distributor_code
        order by day
        rows between unbounded preceding and current row
    ) as cumulated_pieces
from ahead
