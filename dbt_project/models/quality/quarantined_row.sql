with

quarantined as (

    select
        *,
        row_number() over (order by delivery_id, sheet nulls first, row_no) as row_id
    from {{ source('landing', 'quarantined_row') }}

),

reason as (

    select
        row_id,
        feed,
        unnest(reasons) as reason_id,
        generate_subscripts(reasons, 1) as position_no
    from quarantined

),

message as (

    select
        reason.row_id,
        string_agg(
            coalesce(known_rule.message_en, reason.reason_id), ' ' order by reason.position_no
        ) as messages_en,
        string_agg(
            coalesce(known_rule.message_zh, reason.reason_id), '' order by reason.position_no
        ) as messages_zh
    from reason
    -- left join: a reason without a text is still a reason
    left join {{ source('landing', 'rule') }} as known_rule
        on reason.feed = known_rule.feed and reason.reason_id = known_rule.rule_id
    group by reason.row_id

)

select
    delivery.file_sha256,
    delivery.sender,
    quarantined.feed,
    delivery.period,
    delivery.file_name,
    delivery.received_at,
    quarantined.delivery_id,
    quarantined.sheet,
    quarantined.row_no,
    quarantined.reasons,
    message.messages_en,
    message.messages_zh,
    quarantined.raw_masked,
    quarantined.quantity,
    quarantined.amount,
    quarantined.is_current
from quarantined
inner join {{ source('landing', 'delivery') }} as delivery
    on quarantined.delivery_id = delivery.delivery_id
-- left join: a row of a held delivery may carry no reason of its own
left join message on quarantined.row_id = message.row_id
