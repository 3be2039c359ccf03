with source as (

    select * from {{ source('landing', 'roster') }}

),

spans as (

    select
        ---------- who owes what
        feed,
        sender,

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
