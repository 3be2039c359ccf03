with source as (

    select * from {{ source('landing', 'check_posm') }}

),

stated as (

    select
        ---------- visit
        visit_id,
        visit_date,
        outlet_code,
        their_outlet_code,
        {{ masked('rep_code') }} as rep_code,

        ---------- display or material
        posm_item,
        posm_type,
        is_placed,
        exists,
        position_ok,
        condition,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
