-- The last count of each warehouse in a week by batch, oldest first, with the last day each batch
-- may be sold to shops and how far its age has gone.
with

last_count as (

    {{ last_counts() }}

),

stated as (

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
        sku.shelf_life_days is not null
        and stock.stock_status = 'good'
        and stock.quantity_pieces > 0
        and stock.production_date is null
        and stock.expiry_date is null as is_layered,
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

counted_week as (

    select distinct
        distributor_code,
        week_start_date,
        snapshot_date
    from last_count

),

-- good stock without a date is as old as what was received last
layered as (

    select
        layer.week_start_date,
        counted_week.snapshot_date,
        {{ iso_week_start('counted_week.snapshot_date + 1') }} - 7 as demand_week_start_date,
        layer.distributor_code,
        layer.sku_code,
        '' as batch_no,
        layer.production_date + cast(sku.shelf_life_days as integer) as expiry_date,
        sku.shelf_life_days,
        layer.production_date is not null as is_inferred,
        'good' as stock_status,
        layer.quantity_pieces
    from {{ ref('int_stock_layer') }} as layer
    inner join counted_week
        on
            layer.distributor_code = counted_week.distributor_code
            and layer.week_start_date = counted_week.week_start_date
    inner join {{ ref('dim_sku') }} as sku
        on layer.sku_code = sku.sku_code and sku.is_current

),

counted as (

    select
        * exclude (is_layered),
        false as is_inferred
    from stated
    where not is_layered
    union all by name
    select * from layered

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
        is_inferred,
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
        expiry_date,
        is_inferred

),

aged as (

    select
        batch.*,
        batch.good_pieces + batch.reported_near_pieces as sellable_pieces,
        batch.expiry_date - batch.snapshot_date as days_to_expiry,
        -- shops take what still has this much of its life
        batch.expiry_date - cast(greatest(
            threshold.last_sale_days_before_expiry,
            ceil(threshold.trade_rsl_min_ratio * coalesce(batch.shelf_life_days, 0))
        ) as integer) as last_sale_date,
        batch.shelf_life_days * threshold.trade_rsl_min_ratio as trade_days,
        batch.shelf_life_days * threshold.ka_rsl_min_ratio as ka_days,
        threshold.last_sale_days_before_expiry,
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

),

judged as (

    select
        *,
        coalesce(days_to_expiry <= near_expiry_days, false) or reported_near_pieces > 0
            as is_near_expiry
    from aged

)

select
    week_start_date,
    snapshot_date,
    demand_week_start_date,
    distributor_code,
    sku_code,
    batch_no,
    expiry_date,
    is_inferred,
    cast(days_to_expiry as bigint) as days_to_expiry,
    last_sale_date,
    cast(good_pieces as decimal(18, 3)) as good_pieces,
    cast(unsellable_pieces as decimal(18, 3)) as unsellable_pieces,
    cast(sellable_pieces as decimal(18, 3)) as sellable_pieces,
    is_near_expiry,
    case
        when expiry_date is null and not is_near_expiry then 'unknown'
        when days_to_expiry < last_sale_days_before_expiry then 'expired'
        when is_near_expiry then 'near_expiry'
        when days_to_expiry < trade_days then 'trade_blocked'
        when days_to_expiry < ka_days then 'ka_blocked'
        else 'fresh'
    end as freshness_tier
from judged
