with source as (

    select * from {{ source('landing', 'forecast_override') }}

),

stated as (

    select
        ---------- of what
        cycle_week_start_date,
        week_start_date,
        distributor_code,
        sku_code,

        ---------- how much, and why
        override_pieces,
        reason_code,
        note,
        {{ masked('author') }} as author,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
