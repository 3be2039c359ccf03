with source as (

    select * from {{ source('landing', 'threshold') }}

),

limits as (

    select
        threshold_id,
        value,
        unit,
        label_en,
        label_zh,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from limits
