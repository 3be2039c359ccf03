with source as (

    select * from {{ source('landing', 'check_question') }}

),

stated as (

    select
        ---------- visit
        visit_id,
        visit_date,
        outlet_code,
        their_outlet_code,
        {{ masked('rep_code') }} as rep_code,

        ---------- question
        question_id,
        promo_code,
        answer,
        points,
        max_points,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
