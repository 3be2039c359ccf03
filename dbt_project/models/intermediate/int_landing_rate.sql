-- What a piece that a distributor sells of a SKU brings in each cell: the cell's amount of the last
-- thirteen weeks, returns taken off, over all pieces the distributor sold.
with

recent as (

    select *
    from {{ ref('int_sellout_cell_week') }}
    where
        week_start_date >= {{ iso_week_start(as_of() ~ ' + 1') }} - 91
        and week_start_date < {{ iso_week_start(as_of() ~ ' + 1') }}

),

sold as (

    select
        distributor_code,
        sku_code,
        sum(quantity_pieces - return_quantity_pieces) as sold_pieces
    from recent
    group by distributor_code, sku_code
    having sum(quantity_pieces - return_quantity_pieces) > 0

),

brought as (

    select
        {{ cell_columns() }},
        sku_code,
        sum(net_amount) as net_amount
    from recent
    group by {{ cell_columns() }}, sku_code

)

select
    brought.province,
    brought.city,
    brought.channel,
    brought.banner,
    brought.distributor_code,
    brought.supervisor_code,
    brought.rep_code,
    brought.sku_code,
    cast(brought.net_amount as double) / cast(sold.sold_pieces as double) as amount_per_piece
from brought
inner join sold
    on
        brought.distributor_code = sold.distributor_code
        and brought.sku_code = sold.sku_code
where brought.net_amount is not null
