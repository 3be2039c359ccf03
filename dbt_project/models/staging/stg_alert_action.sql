with source as (

    select * from {{ source('landing', 'alert_action') }}

),

stated as (

    select
        ---------- on what
        alert_key,
        alert_type,
        title,

        ---------- what was done
        action,
        reason,
        outcome,
        suppressed_until,

        ---------- by whom and when
        acted_by,
        acted_on,
        acted_at,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
