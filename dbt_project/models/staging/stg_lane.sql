with source as (

    select * from {{ source('landing', 'lane') }}

),

stated as (

    select
        ---------- from where to where
        from_distributor_code,
        to_distributor_code,
        lane_kind,

        ---------- at what cost
        cost_per_case_amount,
        lead_time_days,

        ---------- since and until when
        coalesce(valid_from, {{ always() }}) as valid_from,
        {{ span_end(['from_distributor_code', 'to_distributor_code', 'lane_kind']) }} as valid_to,

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
