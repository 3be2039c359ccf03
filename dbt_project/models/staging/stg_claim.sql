with source as (

    select * from {{ source('landing', 'claim') }}

),

lines as (

    select
        ---------- document
        distributor_code,
        claim_no,
        line_no,
        cast(date_trunc('month', claim_month) as date) as claim_month,
        claim_type,
        claim_status,
        agreement_no,
        promo_code,
        evidence_ref,

        ---------- spent on
        outlet_code,
        their_outlet_code,
        banner,
        sku_code,
        their_sku_code,
        brand,

        ---------- money
        claimed_amount,
        tax_amount,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from lines
