with source as (

    select * from {{ source('landing', 'sellout') }}

),

lines as (

    select
        ---------- document
        distributor_code,
        document_no,
        line_no,
        doc_type,
        sold_date,
        {{ iso_week_start('sold_date') }} as week_start_date,

        ---------- codes; a line that names no outlet counts for the unknown one of its distributor
        coalesce(outlet_code, 'UNKNOWN-' || distributor_code) as outlet_code,
        their_outlet_code,
        sku_code,
        their_sku_code,
        promo_code,
        {{ masked('rep_code') }} as rep_code,

        ---------- quantity
        quantity,
        uom,
        {{ returned_is_negative('quantity_pieces') }} as quantity_pieces,

        ---------- money
        unit_price,
        reported_amount,
        {{ returned_is_negative('reported_amount') }} as signed_amount,
        tax_included,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from lines
