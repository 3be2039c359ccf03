select
    delivery.delivery_id,
    delivery.sender,
    delivery.feed,
    delivery.period,
    delivery.file_name,
    delivery.received_at,
    delivery.is_current,
    finding.row_no,
    finding.rule_id,
    known_rule.severity,
    known_rule.dimension,
    coalesce(known_rule.message_en, finding.rule_id) as message_en,
    coalesce(known_rule.message_zh, finding.rule_id) as message_zh,
    known_rule.hint_en,
    known_rule.hint_zh,
    finding.observed,
    finding.expected
from {{ source('landing', 'delivery_finding') }} as finding
inner join {{ source('landing', 'delivery') }} as delivery
    on finding.delivery_id = delivery.delivery_id
-- left join: a remark without a text is still a remark; what is said of files has no feed
left join {{ source('landing', 'rule') }} as known_rule
    on finding.rule_id = known_rule.rule_id and known_rule.feed is null
