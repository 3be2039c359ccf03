-- What a distributor was sent of a SKU over the weeks before its latest count, beside what it sold
-- in them and how long its stock lasted at their beginning and end.
with

threshold as (

    select * from {{ ref('int_threshold_applied') }}

),

position as (

    select
        *,
        {{ safe_ratio('good_pieces', 'mean_weekly_pieces') }} as trailing_cover_weeks
    from {{ ref('int_stock_position') }}

),

-- the last count before those weeks
before as (

    select
        latest.distributor_code,
        latest.sku_code,
        latest.week_start_date,
        latest.demand_week_start_date,
        latest.snapshot_date,
        latest.trailing_cover_weeks,
        max_by(earlier.trailing_cover_weeks, earlier.week_start_date) as earlier_cover_weeks
    from position as latest
    cross join threshold
    inner join position as earlier
        on
            latest.distributor_code = earlier.distributor_code
            and latest.sku_code = earlier.sku_code
            and latest.week_start_date - cast(7 * threshold.pushed_weeks as integer)
            >= earlier.week_start_date
    where latest.is_latest and earlier.trailing_cover_weeks is not null
    group by
        latest.distributor_code,
        latest.sku_code,
        latest.week_start_date,
        latest.demand_week_start_date,
        latest.snapshot_date,
        latest.trailing_cover_weeks

),

received as (

    select
        before.distributor_code,
        before.sku_code,
        sum(line.quantity_pieces) as sellin_pieces
    from before
    cross join threshold
    inner join {{ ref('fct_sellin_line') }} as line
        on
            before.distributor_code = line.distributor_code
            and before.sku_code = line.sku_code
            and before.snapshot_date >= coalesce(line.delivered_date, line.invoice_date)
            and before.snapshot_date - cast(7 * threshold.pushed_weeks as integer)
            < coalesce(line.delivered_date, line.invoice_date)
    group by before.distributor_code, before.sku_code

),

sold as (

    select
        before.distributor_code,
        before.sku_code,
        sum(demand.sold_pieces) as sellout_pieces
    from before
    cross join threshold
    inner join {{ ref('int_demand_sold') }} as demand
        on
            before.distributor_code = demand.distributor_code
            and before.sku_code = demand.sku_code
            and before.demand_week_start_date >= demand.week_start_date
            and before.demand_week_start_date - cast(7 * threshold.pushed_weeks as integer)
            < demand.week_start_date
    group by before.distributor_code, before.sku_code

)

select
    before.distributor_code,
    before.sku_code,
    cast(received.sellin_pieces as decimal(18, 3)) as sellin_pieces,
    cast(coalesce(sold.sellout_pieces, 0) as decimal(18, 3)) as sellout_pieces,
    before.earlier_cover_weeks,
    received.sellin_pieces > threshold.pushed_times * coalesce(sold.sellout_pieces, 0)
    and before.trailing_cover_weeks > before.earlier_cover_weeks as is_pushed
from before
cross join threshold
inner join received
    on
        before.distributor_code = received.distributor_code
        and before.sku_code = received.sku_code
-- left join: nothing was sold
left join sold
    on
        before.distributor_code = sold.distributor_code
        and before.sku_code = sold.sku_code
where received.sellin_pieces > 0
