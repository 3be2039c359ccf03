with source as (

    select * from {{ source('landing', 'forecast_cycle') }}

),

stated as (

    select
        ---------- of what
        cycle_week_start_date,
        week_start_date,
        distributor_code,
        sku_code,

        ---------- what was said, in the order in which it was
        naive_pieces,
        statistical_pieces,
        override_pieces,
        final_pieces,
        low_pieces,
        high_pieces,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
