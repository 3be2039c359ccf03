with targets as (

    select * from {{ ref('stg_target') }}

),

delivery as (

    select
        delivery_id,
        received_at,
        file_sha256
    from {{ source('landing', 'delivery') }}

),

-- two senders may state the same target: what was received last holds
last_told as (

    select targets.*
    from targets
    inner join delivery on targets._delivery_id = delivery.delivery_id
    qualify row_number() over (
        partition by
            targets.target_month, targets.node_type, targets.node_code,
            targets.item_level, targets.item_code, targets.metric_id
        order by delivery.received_at desc, delivery.file_sha256 desc, targets._row_no desc
    ) = 1

),

sorted as (

    select
        target_month,
        node_type,
        node_code,
        item_level,
        item_code,
        metric_id,
        target_value,
        unit,
        objective,
        reported_ratio,
        owner_role,
        _delivery_id,
        _row_no
    from last_told
    order by target_month, node_type, node_code, metric_id

)

select * from sorted
