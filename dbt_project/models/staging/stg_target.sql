with source as (

    select * from {{ source('landing', 'target') }}

),

stated as (

    select
        ---------- of what
        target_month,
        metric_id,

        ---------- whose; a person stays the same person without being named
        node_type,
        case
            when node_type in ('rep', 'supervisor') then {{ masked('node_code') }}
            else node_code
        end as node_code,
        item_level,
        item_code,

        ---------- how much
        target_value,
        unit,
        objective,
        reported_ratio,
        owner_role,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from stated
