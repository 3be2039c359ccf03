-- What a distributor sold of a SKU in a whole week; returns come back later and are told apart.
with

sku as (

    select
        sku_code,
        coalesce(category, 'UNKNOWN') as category
    from {{ ref('dim_sku') }}
    where is_current

)

select
    sellout.week_start_date,
    sellout.distributor_code,
    sku.category,
    sellout.sku_code,
    cast(sum(sellout.quantity_pieces - sellout.return_quantity_pieces) as decimal(18, 3))
        as sold_pieces,
    cast(sum(-sellout.return_quantity_pieces) as decimal(18, 3)) as returned_pieces,
    cast(max(sellout.quantity_pieces - sellout.return_quantity_pieces) as decimal(18, 3))
        as largest_outlet_pieces
from {{ ref('int_sellout_outlet_sku_week') }} as sellout
inner join sku on sellout.sku_code = sku.sku_code
where sellout.week_start_date + 6 <= {{ as_of() }}
group by sellout.week_start_date, sellout.distributor_code, sku.category, sellout.sku_code
