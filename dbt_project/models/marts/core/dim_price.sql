with stated as (

    select * from {{ ref('stg_price') }}

),

sorted as (

    select
        price_group,
        sku_code,
        net_selling_price_per_piece,
        rsp_min_per_piece,
        rsp_max_per_piece,
        promo_rsp_min_per_piece,
        promo_rsp_max_per_piece,
        valid_from,
        valid_to,
        _delivery_id,
        _row_no
    from stated
    order by price_group, sku_code, valid_from

)

select * from sorted
