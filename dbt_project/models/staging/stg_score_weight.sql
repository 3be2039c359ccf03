with source as (

    select * from {{ source('landing', 'score_weight') }}

),

stated as (

    select
        ---------- whose weight
        channel,
        block,

        ---------- how much
        weight,
        target_ratio,

        ---------- since and until when
        coalesce(valid_from, {{ always() }}) as valid_from,
        {{ span_end(['channel', 'block']) }} as valid_to,

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
