with source as (

    select * from {{ source('landing', 'cleaning') }}

),

inspections as (

    select
        ---------- what was looked at, when
        inspection_date,
        area_code,
        round_no,
        item_code,
        inspection_no,
        inspected_at,

        ---------- what was found
        score,
        is_passed,
        defect_code,
        photo_ref,

        ---------- who
        contractor_code,
        {{ masked('inspector_code') }} as inspector_code,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from inspections
