with source as (

    select * from {{ source('landing', 'map_outlet') }}

),

spans as (

    select
        ---------- their code and ours
        distributor_code,
        their_code,
        outlet_code,

        ---------- since and until when
        coalesce(valid_from, {{ always() }}) as valid_from,
        coalesce(valid_to + 1, {{ open_end() }}) as valid_to,

        ---------- who agreed
        {{ masked('approved_by') }} as approved_by,
        approved_at,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from spans
