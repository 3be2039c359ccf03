with source as (

    select * from {{ source('landing', 'sellin') }}

),

stated as (

    select
        ---------- document
        distributor_code,
        invoice_no,
        line_no,
        doc_type,
        invoice_date,
        {{ iso_week_start('invoice_date') }} as week_start_date,

        ---------- order and delivery
        order_no,
        order_date,
        requested_date,
        shipped_date,
        delivered_date,

        ---------- codes
        sku_code,
        their_sku_code,
        batch_no,
        production_date,

        ---------- quantity; a return counts against sales, whichever sign its sender writes
        {{ returned_is_negative('quantity_pieces') }} as quantity_pieces,
        {{ returned_is_negative('shipped_pieces') }} as shipped_pieces,
        {{ returned_is_negative('ordered_pieces') }} as ordered_pieces,

        ---------- money without VAT, and the VAT
        {{ returned_is_negative('gross_amount') }} as gross_amount,
        case when doc_type = 'return' then -abs(discount_amount) else abs(discount_amount) end
            as discount_amount,
        {{ returned_is_negative('net_amount') }} as net_amount,
        {{ returned_is_negative('vat_amount') }} as vat_amount,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
