with source as (

    select * from {{ source('landing', 'check_category') }}

),

stated as (

    select
        ---------- visit
        visit_id,
        visit_date,
        outlet_code,
        their_outlet_code,
        {{ masked('rep_code') }} as rep_code,

        ---------- shelf
        category,
        total_facings,
        our_facings,
        our_facings <= total_facings as is_plausible,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
