with source as (

    select * from {{ source('landing', 'assignment') }}

),

spans as (

    select
        ---------- what is assigned
        outlet_code,
        city,
        coalesce(role, 'distributor') as role,

        ---------- to whom
        distributor_code,
        {{ masked('rep_code') }} as rep_code,
        {{ masked('supervisor_code') }} as supervisor_code,
        region,

        ---------- since and until when
        coalesce(valid_from, {{ always() }}) as valid_from,
        coalesce(valid_to + 1, {{ open_end() }}) as valid_to,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from spans
