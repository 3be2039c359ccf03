-- What a distributor has to be sent so that it can sell what is forecast and holds, at the end of
-- each week, what the weeks until the next delivery need. Goods on the way are not known here.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

forecast as (

    select
        cycle_week_start_date,
        week_start_date,
        lag_weeks,
        distributor_code,
        sku_code,
        final_pieces
    from {{ ref('forecast') }}
    where
        final_pieces is not null
        -- where nobody ever counted stock there is nothing to begin with
        and exists (select health.sku_code from {{ ref('stock_health') }} as health)

),

counted as (

    select
        health.distributor_code,
        max(health.snapshot_date) as snapshot_date
    from {{ ref('stock_health') }} as health
    cross join threshold
    where
        health.is_latest
        and {{ as_of() }} - health.snapshot_date <= threshold.blind_after_days
    group by health.distributor_code

),

held as (

    select
        distributor_code,
        sku_code,
        good_stock_pieces
    from {{ ref('stock_health') }}
    where is_latest

),

supply as (

    select
        distributor_code,
        greatest(cast(ceil(
            (coalesce(lead_time_days, 7) + coalesce(review_days, 7)) / 7.0
        ) as bigint), 1) as supply_weeks
    from {{ ref('dim_distributor') }}
    where is_current

),

-- past the horizon the weeks just before it go on
ahead as (

    select
        forecast.*,
        supply.supply_weeks,
        counted.snapshot_date,
        case when counted.snapshot_date is not null then coalesce(held.good_stock_pieces, 0) end
            as stock_pieces,
        sum(forecast.final_pieces) over (
            partition by forecast.distributor_code, forecast.sku_code
            order by forecast.lag_weeks
            rows between unbounded preceding and current row
        ) as cumulated_pieces,
        max(forecast.lag_weeks) over (
            partition by forecast.distributor_code, forecast.sku_code
        ) as horizon_weeks
    from forecast
    inner join supply on forecast.distributor_code = supply.distributor_code
    left join counted on forecast.distributor_code = counted.distributor_code
    left join held
        on
            forecast.distributor_code = held.distributor_code
            and forecast.sku_code = held.sku_code

),

-- a year of weeks holds any lead time
step as (

    select unnest(range(1, 53)) as weeks

),

wanted as (

    select
        ahead.distributor_code,
        ahead.sku_code,
        ahead.lag_weeks,
        sum(later.final_pieces) as wanted_stock_pieces
    from ahead
    cross join step
    inner join forecast as later
        on
            ahead.distributor_code = later.distributor_code
            and ahead.sku_code = later.sku_code
            and least(ahead.lag_weeks + step.weeks, ahead.horizon_weeks) = later.lag_weeks
    where step.weeks <= ahead.supply_weeks
    group by ahead.distributor_code, ahead.sku_code, ahead.lag_weeks

),

needed as (

    select
        ahead.*,
        wanted.wanted_stock_pieces,
        greatest(max(
            ahead.cumulated_pieces + wanted.wanted_stock_pieces - ahead.stock_pieces
        ) over so_far, 0) as cumulated_sellin_pieces
    from ahead
    inner join wanted
        on
            ahead.distributor_code = wanted.distributor_code
            and ahead.sku_code = wanted.sku_code
            and ahead.lag_weeks = wanted.lag_weeks
    window so_far as (
        partition by ahead.distributor_code, ahead.sku_code
        order by ahead.lag_weeks
        rows between unbounded preceding and current row
    )

)

select
    cycle_week_start_date,
    week_start_date,
    lag_weeks,
    distributor_code,
    sku_code,
    final_pieces as sellout_pieces,
    snapshot_date,
    cast(stock_pieces as decimal(18, 3)) as stock_pieces,
    cast(wanted_stock_pieces as decimal(18, 3)) as wanted_stock_pieces,
    case when stock_pieces is not null then cast(
        cumulated_sellin_pieces - coalesce(lag(cumulated_sellin_pieces) over (
            partition by distributor_code, sku_code
            order by lag_weeks
        ), 0) as decimal(18, 3)
    ) end as sellin_pieces,
    case when stock_pieces is null then 'no_stock' else 'ok' end as status
from needed
