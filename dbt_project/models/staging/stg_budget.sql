with source as (

    select * from {{ source('landing', 'budget') }}

),

stated as (

    select
        ---------- what is planned
        budget_version,
        budget_month,
        city,
        channel,
        sku_code,
        block,

        ---------- how much; money without VAT
        volume as volume_pieces,
        gsv_amount,
        nsv_amount,
        trade_spend_amount,
        returns_amount,
        gross_profit_amount,

        ---------- by whom and why
        owner_role,
        evidence,
        probability_ratio,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
