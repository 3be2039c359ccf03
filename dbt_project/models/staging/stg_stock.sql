with source as (

    select * from {{ source('landing', 'stock') }}

),

batches as (

    select
        ---------- where and when
        distributor_code,
        warehouse_code,
        snapshot_date,
        {{ iso_week_start('snapshot_date') }} as week_start_date,

        ---------- what
        sku_code,
        their_sku_code,
        batch_no,
        production_date,
        expiry_date,
        stock_status,

        ---------- how much
        quantity,
        uom,
        quantity_pieces,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from batches
