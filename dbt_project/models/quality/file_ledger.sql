with

suspect as (

    select distinct delivery_id
    from {{ ref('delivery_finding') }}
    where severity = 'suspect'

)

select
    delivery.delivery_id,
    delivery.sender,
    delivery.feed,
    delivery.period,
    delivery.period_start,
    delivery.period_end,
    delivery.version,
    delivery.is_current,
    delivery.file_name,
    delivery.file_sha256,
    delivery.file_size_bytes,
    delivery.received_at,
    delivery.known_from,
    delivery.known_until,
    delivery.superseded_at,
    delivery.status,
    delivery.replaces,
    delivery.hold_rule,
    delivery.decision,
    delivery.decided_at,
    delivery.encoding,
    delivery.sheet,
    delivery.header_row,
    delivery.rows_read,
    delivery.rows_loaded,
    delivery.rows_quarantined,
    delivery.rows_structural,
    delivery.rows_warned,
    delivery.quantity_loaded,
    delivery.quantity_quarantined,
    delivery.amount_loaded,
    delivery.amount_quarantined,
    delivery.control_quantity,
    delivery.control_amount,
    delivery.reason_code,
    delivery.reason_en,
    delivery.reason_zh,
    delivery.hint_en,
    delivery.hint_zh,
    delivery.batch_id,
    suspect.delivery_id is not null as is_suspect
from {{ source('landing', 'delivery') }} as delivery
-- left join: most files look as they should
left join suspect on delivery.delivery_id = suspect.delivery_id
