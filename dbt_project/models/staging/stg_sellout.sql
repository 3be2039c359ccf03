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

        ---------- quantity; a return counts against sales, whichever sign its sender writes
        quantity,
        uom,
        case when doc_type = 'return' then -abs(quantity_pieces) else quantity_pieces end
            as quantity_pieces,

        ---------- money
        unit_price,
        reported_amount,
        case when doc_type = 'return' then -abs(reported_amount) else reported_amount end
            as signed_amount,
        tax_included,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from lines
