with source as (

    select * from {{ source('landing', 'company_stock') }}

),

lines as (

    select
        ---------- when
        as_of_date,

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
