with source as (

    select * from {{ source('landing', 'calendar') }}

),

days as (

    select
        calendar_date,
        is_workday,
        festival,
        festival_week_offset,
        fiscal_period,
        property_period,
        source,
        coalesce(is_provisional, false) as is_provisional,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from days
