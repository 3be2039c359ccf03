with source as (

    select * from {{ source('landing', 'patrol_log') }}

),

seen as (

    select
        area_code,
        patrol_date,
        round_no,
        checkpoint_code,
        actual_at,
        {{ masked('inspector_code') }} as inspector_code,
        coalesce(finding_count, 0) as finding_count,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from seen
