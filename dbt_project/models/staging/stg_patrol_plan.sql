with source as (

    select * from {{ source('landing', 'patrol_plan') }}

),

planned as (

    select
        area_code,
        plan_date,
        round_no,
        checkpoint_code,
        window_from,
        window_to,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from planned
