with source as (

    select * from {{ source('landing', 'ticket') }}

),

tickets as (

    select
        ---------- what it is about
        ticket_id,
        ticket_type,
        coalesce(
            ticket_status, case when done_at is null then 'open' else 'done' end
        ) as ticket_status,
        area_code,
        {{ masked('unit_code') }} as unit_code,
        category,
        repeat_of,

        ---------- what happened when
        opened_date,
        opened_at,
        acknowledged_at,
        done_at,
        revisited_at,
        satisfaction,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from tickets
