with source as (

    select * from {{ source('landing', 'movement') }}

),

movements as (

    select
        ---------- whose and when
        distributor_code,
        period_start_date,
        period_end_date,

        ---------- what
        sku_code,
        their_sku_code,
        uom,

        ---------- how much; a flow nobody stated is none, a stock nobody stated is unknown
        opening_pieces,
        coalesce(receipts_pieces, 0) as receipts_pieces,
        coalesce(transfer_in_pieces, 0) as transfer_in_pieces,
        coalesce(customer_returns_pieces, 0) as customer_returns_pieces,
        coalesce(sellout_pieces, 0) as sellout_pieces,
        coalesce(return_to_company_pieces, 0) as return_to_company_pieces,
        coalesce(damage_pieces, 0) as damage_pieces,
        coalesce(samples_pieces, 0) as samples_pieces,
        coalesce(transfer_out_pieces, 0) as transfer_out_pieces,
        coalesce(adjustment_pieces, 0) as adjustment_pieces,
        closing_pieces,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from movements
