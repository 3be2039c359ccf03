with

found as (

    select * from {{ ref('int_alert_stock') }}
    union all
    select * from {{ ref('int_alert_feed') }}
    union all
    select * from {{ ref('int_alert_patrol') }}
    union all
    select * from {{ ref('int_alert_finance') }}

)

select
    alert_key,
    row_number() over (
        order by
            value_at_risk_amount desc nulls last,
            case severity when 'high' then 1 when 'medium' then 2 else 3 end asc,
            alert_key asc
    ) as alert_rank,
    alert_type,
    area,
    severity,
    entity_type,
    entity_code,
    entity_name,
    sku_code,
    batch_no,
    period,
    title_en,
    title_zh,
    action_en,
    action_zh,
    quantity_pieces,
    value_at_risk_amount,
    arithmetic,
    owner_role,
    due_date,
    as_of_date
from found
