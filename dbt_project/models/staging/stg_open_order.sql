with source as (

    select * from {{ source('landing', 'open_order') }}

),

lines as (

    select
        ---------- whose and when
        as_of_date,
        distributor_code,
        order_no,
        line_no,
        order_date,
        eta_date,
        order_status,

        ---------- what
        sku_code,
        their_sku_code,
        quantity_pieces,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from lines
