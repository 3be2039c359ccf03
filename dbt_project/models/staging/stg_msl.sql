with source as (

    select * from {{ source('landing', 'msl') }}

),

stated as (

    select
        ---------- who must stock what
        msl_group,
        sku_code,

        ---------- how
        priority,
        required_facings,
        grace_days,

        ---------- since and until when
        coalesce(valid_from, {{ always() }}) as valid_from,
        {{ span_end(['msl_group', 'sku_code']) }} as valid_to,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

),

-- left out: a row that another of the same first day takes the place of
standing as (

    select *
    from stated
    where valid_from < valid_to

)

select * from standing
