with source as (

    select * from {{ source('landing', 'ka_pos') }}

),

stated as (

    select
        ---------- where and when
        banner,
        outlet_code,
        their_outlet_code,
        sold_date,
        {{ iso_week_start('sold_date') }} as week_start_date,

        ---------- what
        sku_code,
        their_sku_code,
        quantity as quantity_pieces,
        on_hand_quantity as on_hand_pieces,

        ---------- money
        amount as reported_amount,
        retail_price_per_piece,
        tax_included,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
