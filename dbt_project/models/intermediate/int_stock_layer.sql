-- How old stock is whose lines say neither when it was made nor when it expires: what was received
-- first sells first, so what is left is what was made last.
with

last_count as (

    {{ last_counts() }}

),

receipt as (

    select
        distributor_code,
        sku_code,
        production_date,
        -- nobody receives what he sends back
        coalesce(delivered_date, case when doc_type = 'return' then invoice_date end)
            as moved_date,
        quantity_pieces
    from {{ ref('fct_sellin_line') }}
    where production_date is not null

),

-- most senders state dates: nothing more is read for them
asked as (

    select distinct
        week_start_date,
        distributor_code,
        sku_code
    from {{ ref('fct_stock_snapshot') }}
    where production_date is null and expiry_date is null

),

counted as (

    select
        stock.week_start_date,
        last_count.snapshot_date,
        stock.distributor_code,
        stock.sku_code,
        coalesce(
            stock.production_date,
            stock.expiry_date - cast(sku.shelf_life_days as integer)
        ) as production_date,
        stock.stock_status,
        stock.quantity_pieces
    from {{ ref('fct_stock_snapshot') }} as stock
    inner join asked
        on
            stock.week_start_date = asked.week_start_date
            and stock.distributor_code = asked.distributor_code
            and stock.sku_code = asked.sku_code
    inner join last_count
        on
            stock.distributor_code = last_count.distributor_code
            and stock.warehouse_code = last_count.warehouse_code
            and stock.snapshot_date = last_count.warehouse_snapshot_date
    -- inner join: what does not expire has no age to tell
    inner join {{ ref('dim_sku') }} as sku
        on
            stock.sku_code = sku.sku_code
            and sku.is_current
            and sku.shelf_life_days is not null

),

undated as (

    select
        week_start_date,
        snapshot_date,
        distributor_code,
        sku_code,
        sum(quantity_pieces) as quantity_pieces
    from counted
    where production_date is null and stock_status = 'good' and quantity_pieces > 0
    group by week_start_date, snapshot_date, distributor_code, sku_code

),

moved as (

    select
        undated.week_start_date,
        undated.distributor_code,
        undated.sku_code,
        receipt.production_date,
        receipt.quantity_pieces
    from undated
    inner join receipt
        on
            undated.distributor_code = receipt.distributor_code
            and undated.sku_code = receipt.sku_code
            and undated.snapshot_date >= receipt.moved_date
    union all
    -- what other lines of the count say they hold is not there a second time
    select
        undated.week_start_date,
        undated.distributor_code,
        undated.sku_code,
        counted.production_date,
        -counted.quantity_pieces as quantity_pieces
    from undated
    inner join counted
        on
            undated.week_start_date = counted.week_start_date
            and undated.distributor_code = counted.distributor_code
            and undated.sku_code = counted.sku_code
    where counted.production_date is not null

),

available as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        production_date,
        sum(quantity_pieces) as quantity_pieces
    from moved
    group by week_start_date, distributor_code, sku_code, production_date
    having sum(quantity_pieces) > 0

),

layered as (

    select
        undated.week_start_date,
        undated.distributor_code,
        undated.sku_code,
        available.production_date,
        available.quantity_pieces as layer_pieces,
        undated.quantity_pieces - coalesce(sum(available.quantity_pieces) over (
            partition by undated.week_start_date, undated.distributor_code, undated.sku_code
            order by available.production_date desc nulls last
            rows between unbounded preceding and 1 preceding
        ), 0) as left_pieces
    from undated
    inner join available
        on
            undated.week_start_date = available.week_start_date
            and undated.distributor_code = available.distributor_code
            and undated.sku_code = available.sku_code

),

explained as (

    select
        week_start_date,
        distributor_code,
        sku_code,
        production_date,
        least(layer_pieces, left_pieces) as quantity_pieces
    from layered
    where left_pieces > 0

),

unexplained as (

    select
        undated.week_start_date,
        undated.distributor_code,
        undated.sku_code,
        undated.quantity_pieces - coalesce(sum(explained.quantity_pieces), 0) as quantity_pieces
    from undated
    -- left join: nothing with a date was received
    left join explained
        on
            undated.week_start_date = explained.week_start_date
            and undated.distributor_code = explained.distributor_code
            and undated.sku_code = explained.sku_code
    group by
        undated.week_start_date,
        undated.distributor_code,
        undated.sku_code,
        undated.quantity_pieces
    having undated.quantity_pieces > coalesce(sum(explained.quantity_pieces), 0)

)

select
    week_start_date,
    distributor_code,
    sku_code,
    production_date,
    cast(quantity_pieces as decimal(18, 3)) as quantity_pieces
from explained
union all
select
    week_start_date,
    distributor_code,
    sku_code,
    cast(null as date) as production_date,
    cast(quantity_pieces as decimal(18, 3)) as quantity_pieces
from unexplained
