-- Sell-out summed over the outlets of a cell, as they stood on the Sunday of the week.
with

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

-- What went out is everything but returns; pieces without an amount have no price and stay out.
sellout as (

    select
        *,
        case
            when net_amount is null then 0 else quantity_pieces - return_quantity_pieces
        end as sold_pieces,
        coalesce(net_amount, 0) - coalesce(return_amount, 0) as sold_amount
    from {{ ref('int_sellout_outlet_sku_week') }}

),

placed as (

    select
        sellout.week_start_date,
        {{ outlet_cell('sellout', 'organisation') }},
        organisation.is_unknown,
        sellout.sku_code,
        sellout.quantity_pieces,
        sellout.net_amount,
        sellout.sale_quantity_pieces,
        sellout.return_quantity_pieces,
        sellout.return_amount,
        sellout.free_quantity_pieces,
        sellout.sold_pieces,
        sellout.sold_amount,
        sellout.line_count
    from sellout
    inner join organisation
        on
            sellout.outlet_code = organisation.outlet_code
            and sellout.week_start_date + 6 >= organisation.valid_from
            and sellout.week_start_date + 6 < organisation.valid_to

)

select
    week_start_date,
    {{ cell_columns() }},
    sku_code,
    cast(sum(quantity_pieces) as decimal(18, 3)) as quantity_pieces,
    cast(sum(net_amount) as decimal(18, 2)) as net_amount,
    cast(sum(return_quantity_pieces) as decimal(18, 3)) as return_quantity_pieces,
    cast(sum(return_amount) as decimal(18, 2)) as return_amount,
    cast(sum(free_quantity_pieces) as decimal(18, 3)) as free_quantity_pieces,
    cast(sum(sold_pieces) as decimal(18, 3)) as sold_pieces,
    cast(sum(sold_amount) as decimal(18, 2)) as sold_amount,
    cast(sum(line_count) as bigint) as line_count,
    -- one row is an outlet here: within a distributor, cell and SKU it cannot repeat
    count(*) filter (where sale_quantity_pieces > 0 and not is_unknown) as active_outlet_count
from placed
group by week_start_date, {{ cell_columns() }}, sku_code
