with

-- days whose log has not come are a matter of the feed
logged as (

    select max(patrol_date) as last_date
    from {{ ref('patrol') }}
    where rounds_walked > 0

),

short_day as (

    select patrol.*
    from {{ ref('patrol') }} as patrol
    cross join logged
    cross join {{ ref('int_threshold_applied') }} as threshold
    where
        patrol.patrol_date <= logged.last_date
        and patrol.patrol_date > {{ as_of() }} - cast(threshold.patrol_alert_days as integer)
        and patrol.compliance_ratio < threshold.patrol_compliance_low_ratio

)

select
    md5(concat_ws('|', 'patrol_round_missed', area_code, cast(patrol_date as varchar)))
        as alert_key,
    'patrol_round_missed' as alert_type,
    'property' as area,
    case when compliance_num = 0 then 'high' else 'medium' end as severity,
    'area' as entity_type,
    area_code as entity_code,
    area_code as entity_name,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as batch_no,
    cast(patrol_date as varchar) as period,
    'Patrol round missed: ' || cast(patrol_date as varchar) as title_en,
    '巡查未按时完成：' || cast(patrol_date as varchar) as title_zh,
    'Find out why ' || (compliance_den - compliance_num) || ' of ' || compliance_den
    || ' rounds were not walked in their window' as action_en,
    '查明 ' || compliance_den || ' 次巡查中 ' || (compliance_den - compliance_num)
    || ' 次未在规定时段完成的原因' as action_zh,
    cast(null as decimal(18, 3)) as quantity_pieces,
    cast(null as decimal(18, 2)) as value_at_risk_amount,
    cast(json_object(
        'rounds_due', rounds_due,
        'rounds_walked', rounds_walked,
        'rounds_in_window', compliance_num
    ) as varchar) as arithmetic,
    'property_supervisor' as owner_role,
    patrol_date + 1 as due_date,
    {{ as_of() }} as as_of_date
from short_day
