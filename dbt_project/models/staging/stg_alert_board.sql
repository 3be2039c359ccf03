with source as (

    select * from {{ source('landing', 'alert_board') }}

),

stated as (

    select
        ---------- which board
        as_of_date,

        ---------- which alert
        alert_key,
        alert_type,
        area,
        severity,
        entity_type,
        entity_code,
        entity_name,
        sku_code,
        batch_no,
        period,

        ---------- what was wrong and what to do
        title_en,
        title_zh,
        action_en,
        action_zh,
        quantity_pieces,
        value_at_risk_amount,
        arithmetic,
        owner_role,
        due_date,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
