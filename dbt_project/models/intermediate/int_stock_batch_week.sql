-- The last count of each warehouse in a week by batch, oldest first, with the part of each batch
-- that will not sell before its expiry when the trailing sell-out goes on (FEFO).
with

last_count as (

    {{ last_counts() }}

),

counted as (

    select
        stock.week_start_date,
        last_count.snapshot_date,
        -- the last week that had ended when the stock was counted
        {{ iso_week_start('last_count.snapshot_date + 1') }} - 7 as demand_week_start_date,
        stock.distributor_code,
        stock.sku_code,
        coalesce(stock.batch_no, '') as batch_no,
        coalesce(
            stock.expiry_date,
            stock.production_date + cast(sku.shelf_life_days as integer)
        ) as expiry_date,
        coalesce(
            sku.shelf_life_days, stock.expiry_date - stock.production_date
        ) as shelf_life_days,
        stock.stock_status,
        stock.quantity_pieces
    from {{ ref('fct_stock_snapshot') }} as stock
    inner join last_count
        on
            stock.distributor_code = last_count.distributor_code
            and stock.warehouse_code is not distinct from last_count.warehouse_code
            and stock.snapshot_date = last_count.warehouse_snapshot_date
    -- left join: a SKU without a master row has no shelf life
    left join {{ ref('dim_sku') }} as sku
        on stock.sku_code = sku.sku_code and sku.is_current

),

batch as (

    select
        week_start_date,
        snapshot_date,
        demand_week_start_date,
        distributor_code,
        sku_code,
        batch_no,
        expiry_date,
        max(shelf_life_days) as shelf_life_days,
        sum(case when stock_status = 'good' then quantity_pieces else 0 end) as good_pieces,
        sum(case when stock_status = 'near' then quantity_pieces else 0 end)
            as reported_near_pieces,
        sum(case when stock_status in ('damaged', 'blocked') then quantity_pieces else 0 end)
            as unsellable_pieces
    from counted
    group by
        week_start_date,
        snapshot_date,
        demand_week_start_date,
        distributor_code,
        sku_code,
        batch_no,
        expiry_date

),

aged as (

    select
        batch.*,
        recent.mean_weekly_pieces,
        batch.good_pieces + batch.reported_near_pieces as sellable_pieces,
        batch.expiry_date - batch.snapshot_date as days_to_expiry,
        case
            when batch.shelf_life_days < 16 then threshold.near_expiry_days_below_16
            when batch.shelf_life_days < 30 then threshold.near_expiry_days_below_30
            when batch.shelf_life_days < 90 then threshold.near_expiry_days_below_90
            when batch.shelf_life_days < 180 then threshold.near_expiry_days_below_180
            when batch.shelf_life_days < 365 then threshold.near_expiry_days_below_365
            else threshold.near_expiry_days
        end as near_expiry_days
    from batch
    cross join {{ ref('int_threshold_applied') }} as threshold
    -- left join: stock of a SKU that did not sell
    left join {{ ref('int_sellout_trailing') }} as recent
        on
            batch.distributor_code = recent.distributor_code
            and batch.sku_code = recent.sku_code
            and batch.demand_week_start_date = recent.week_start_date

),

cumulated as (

    select
        *,
        sum(sellable_pieces) over fefo as cumulated_pieces,
        coalesce(mean_weekly_pieces, 0) * greatest(days_to_expiry, 0) / 7.0 as sold_by_expiry
    from aged
    window fefo as (
        partition by distributor_code, sku_code, week_start_date
        order by expiry_date asc nulls last, batch_no asc
        rows between unbounded preceding and current row
    )

),

leftover as (

    select
        *,
        greatest(0, coalesce(max(cumulated_pieces - sold_by_expiry) over (
            partition by distributor_code, sku_code, week_start_date
            order by expiry_date asc nulls last, batch_no asc
            rows between unbounded preceding and current row
        ), 0)) as left_pieces
    from cumulated

)

select
    week_start_date,
    snapshot_date,
    demand_week_start_date,
    distributor_code,
    sku_code,
    batch_no,
    expiry_date,
    cast(days_to_expiry as bigint) as days_to_expiry,
    cast(good_pieces as decimal(18, 3)) as good_pieces,
    cast(unsellable_pieces as decimal(18, 3)) as unsellable_pieces,
    cast(sellable_pieces as decimal(18, 3)) as sellable_pieces,
    coalesce(days_to_expiry <= near_expiry_days, false) or reported_near_pieces > 0
        as is_near_expiry,
    cast(
        left_pieces - coalesce(lag(left_pieces) over (
            partition by distributor_code, sku_code, week_start_date
            order by expiry_date asc nulls last, batch_no asc
        ), 0)
        as decimal(18, 3)
    ) as at_risk_pieces
from leftover
