with

health as (

    select
        health.*,
        sku.sku_name_zh,
        sku.sku_name_en,
        coalesce(sku.pieces_per_case, 1) as pieces_per_case,
        case when sku.pieces_per_case > 1 then ' cases' else ' pieces' end as unit_en,
        case when sku.pieces_per_case > 1 then ' 箱' else ' 件' end as unit_zh,
        distributor.distributor_name,
        dim_week.iso_week,
        threshold.cover_weeks_high,
        (coalesce(distributor.lead_time_days, 7) + coalesce(distributor.review_days, 7)) / 7.0
            as supply_weeks
    from {{ ref('stock_health') }} as health
    inner join {{ ref('dim_week') }} as dim_week
        on health.week_start_date = dim_week.week_start_date
    cross join {{ ref('int_threshold_applied') }} as threshold
    left join {{ ref('dim_sku') }} as sku
        on health.sku_code = sku.sku_code and sku.is_current
    left join {{ ref('dim_distributor') }} as distributor
        on health.distributor_code = distributor.distributor_code and distributor.is_current
    where health.is_latest and not health.is_blind

),

out_of_stock as (

    select
        'stock_oos' as alert_type,
        distributor_code,
        sku_code,
        '' as batch_no,
        mean_weekly_pieces * supply_weeks as quantity_pieces,
        oos_risk_amount as value_at_risk_amount,
        'Out of stock' as title_en,
        '缺货' as title_zh,
        'Order for the weeks until the next delivery' as action_en,
        '补订到下次到货为止的用量' as action_zh,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'mean_weekly_pieces', mean_weekly_pieces,
            'supply_weeks', round(supply_weeks, 2),
            'oos_risk_amount', oos_risk_amount
        ) as arithmetic
    from health
    where is_oos

),

too_much as (

    select
        case when is_dead then 'stock_dead' else 'stock_over' end as alert_type,
        distributor_code,
        sku_code,
        '' as batch_no,
        excess_pieces as quantity_pieces,
        excess_risk_amount as value_at_risk_amount,
        case when is_dead then 'Stock without sales' else 'Too much stock' end as title_en,
        case when is_dead then '有库存无销售' else '库存过高' end as title_zh,
        'Stop inbound of the excess, then promote or move it' as action_en,
        '暂停超量进货，再促销或调拨' as action_zh,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'mean_weekly_pieces', mean_weekly_pieces,
            'trailing_cover_weeks', round(trailing_cover_weeks, 1),
            'cover_weeks_high', cover_weeks_high,
            'excess_pieces', excess_pieces,
            'excess_risk_amount', excess_risk_amount
        ) as arithmetic
    from health
    where is_over or is_dead

),

expiring as (

    select
        'stock_expiry' as alert_type,
        health.distributor_code,
        health.sku_code,
        batch.batch_no,
        sum(batch.at_risk_pieces) as quantity_pieces,
        -- in proportion to the pieces, so that batches add up to their SKU
        health.expiry_risk_amount * sum(batch.at_risk_pieces) / nullif(health.at_risk_pieces, 0)
            as value_at_risk_amount,
        'Will expire unsold' as title_en,
        '到期前无法售完' as title_zh,
        'Sell first, promote, or move before '
        || coalesce(cast(min(batch.expiry_date) as varchar), '?') as action_en,
        '请在 '
        || coalesce(cast(min(batch.expiry_date) as varchar), '?')
        || ' 前优先销售、促销或调拨' as action_zh,
        json_object(
            'batch_pieces', sum(batch.sellable_pieces),
            'days_to_expiry', min(batch.days_to_expiry),
            'mean_weekly_pieces', health.mean_weekly_pieces,
            'at_risk_pieces', sum(batch.at_risk_pieces)
        ) as arithmetic
    from health
    inner join {{ ref('int_stock_batch_week') }} as batch
        on
            health.distributor_code = batch.distributor_code
            and health.sku_code = batch.sku_code
            and health.week_start_date = batch.week_start_date
    where health.is_expiry and batch.is_near_expiry and batch.at_risk_pieces > 0
    group by
        health.distributor_code,
        health.sku_code,
        batch.batch_no,
        health.expiry_risk_amount,
        health.at_risk_pieces,
        health.mean_weekly_pieces

),

found as (

    select * from out_of_stock
    union all
    select * from too_much
    union all
    select * from expiring

)

select
    md5(concat_ws('|', found.alert_type, found.distributor_code, found.sku_code, found.batch_no))
        as alert_key,
    found.alert_type,
    'stock' as area,
    case
        when found.alert_type = 'stock_oos' or found.alert_type = 'stock_expiry' then 'high'
        else 'medium'
    end as severity,
    'distributor' as entity_type,
    health.distributor_code as entity_code,
    coalesce(health.distributor_name, health.distributor_code) as entity_name,
    health.sku_code,
    nullif(found.batch_no, '') as batch_no,
    health.iso_week as period,
    found.title_en || ': ' || coalesce(health.sku_name_en, health.sku_name_zh, health.sku_code)
        as title_en,
    found.title_zh || '：' || coalesce(health.sku_name_zh, health.sku_name_en, health.sku_code)
        as title_zh,
    found.action_en
    || ': ' || cast(cast(ceil(found.quantity_pieces / health.pieces_per_case) as bigint) as varchar)
    || health.unit_en as action_en,
    found.action_zh
    || '：' || cast(cast(ceil(found.quantity_pieces / health.pieces_per_case) as bigint) as varchar)
    || health.unit_zh as action_zh,
    cast(found.quantity_pieces as decimal(18, 3)) as quantity_pieces,
    cast(found.value_at_risk_amount as decimal(18, 2)) as value_at_risk_amount,
    cast(found.arithmetic as varchar) as arithmetic,
    'stock_controller' as owner_role,
    {{ as_of() }} + 2 as due_date,
    {{ as_of() }} as as_of_date
from found
inner join health
    on found.distributor_code = health.distributor_code and found.sku_code = health.sku_code
