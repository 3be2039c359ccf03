with source as (

    select * from {{ source('landing', 'check_sku') }}

),

stated as (

    select
        ---------- visit
        visit_id,
        visit_date,
        outlet_code,
        their_outlet_code,
        {{ masked('rep_code') }} as rep_code,

        ---------- product
        sku_code,
        their_sku_code,
        is_present,
        oos_reason,
        stock_quantity as stock_pieces,
        facings,
        production_date,

        ---------- prices of a piece, with VAT
        shelf_price,
        promo_price,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
