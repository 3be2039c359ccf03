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
        supply.lead_days,
        -- what stock and orders lack of what they are filled up to
        greatest(
            coalesce(health.order_up_to_pieces, health.lost_pieces)
            - health.good_stock_pieces - coalesce(health.inbound_pieces, 0),
            health.lost_pieces
        ) as lacking_pieces
    from {{ ref('stock_health') }} as health
    inner join {{ ref('dim_week') }} as dim_week
        on health.week_start_date = dim_week.week_start_date
    inner join {{ ref('int_supply') }} as supply
        on health.distributor_code = supply.distributor_code
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
        lacking_pieces as quantity_pieces,
        oos_risk_amount as value_at_risk_amount,
        'Out of stock' as title_en,
        '缺货' as title_zh,
        'Order up to what sells until the next delivery and safety stock' as action_en,
        '补订至到货前需求加安全库存' as action_zh,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'inbound_pieces', inbound_pieces,
            'supply_demand_pieces', supply_demand_pieces,
            'safety_stock_pieces', safety_stock_pieces,
            'order_up_to_pieces', order_up_to_pieces,
            'lost_pieces', lost_pieces,
            'oos_risk_amount', oos_risk_amount
        ) as arithmetic
    from health
    where is_oos

),

-- what an order of today still saves is proposed as one; this one comes too late
running_out as (

    select
        'stock_risk' as alert_type,
        distributor_code,
        sku_code,
        '' as batch_no,
        lost_pieces as quantity_pieces,
        oos_risk_amount as value_at_risk_amount,
        'Runs out before an order of today arrives' as title_en,
        '今日下单到货前将缺货' as title_zh,
        'Expedite what is on its way, or have it moved from a neighbour' as action_en,
        '加急在途货物，或由邻近经销商调入' as action_zh,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'inbound_pieces', inbound_pieces,
            'projected_cover_weeks', round(projected_cover_weeks, 2),
            'lead_days', lead_days,
            'supply_demand_pieces', supply_demand_pieces,
            'lost_pieces', lost_pieces,
            'oos_risk_amount', oos_risk_amount
        ) as arithmetic
    from health
    where is_risk and 7 * coalesce(projected_cover_weeks, trailing_cover_weeks) < lead_days

),

too_much as (

    select
        case when is_dead then 'stock_dead' else 'stock_over' end as alert_type,
        distributor_code,
        sku_code,
        '' as batch_no,
        excess_pieces as quantity_pieces,
        excess_risk_amount as value_at_risk_amount,
        case when is_dead then 'Stock nobody will buy' else 'Too much stock' end as title_en,
        case when is_dead then '有库存无需求' else '库存过高' end as title_zh,
        'Stop inbound of the excess, then move or promote it' as action_en,
        '暂停超量进货，再调拨或促销' as action_zh,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'inbound_pieces', inbound_pieces,
            'cover_weeks', round(cover_weeks, 1),
            'max_cover_weeks', round(max_cover_weeks, 1),
            'trailing_cover_weeks', round(trailing_cover_weeks, 1),
            'safety_stock_pieces', safety_stock_pieces,
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
        sum(batch.expiry_risk_amount) as value_at_risk_amount,
        'Will not sell while shops take it' as title_en,
        '可售期内无法售完' as title_zh,
        case
            when min(batch.last_sale_date) > {{ as_of() }}
                then 'Sell first, move or promote before '
            else 'Shops no longer take it; clear it or give it back before '
        end
        || cast(case
            when min(batch.last_sale_date) > {{ as_of() }} then min(batch.last_sale_date)
            else min(batch.expiry_date)
        end as varchar) as action_en,
        '请在 '
        || cast(case
            when min(batch.last_sale_date) > {{ as_of() }} then min(batch.last_sale_date)
            else min(batch.expiry_date)
        end as varchar)
        || case
            when min(batch.last_sale_date) > {{ as_of() }} then ' 前优先销售、调拨或促销'
            else ' 前清货或退货（渠道已拒收）'
        end as action_zh,
        json_object(
            'batch_pieces', sum(batch.sellable_pieces),
            'expiry_date', cast(min(batch.expiry_date) as varchar),
            'last_sale_date', cast(min(batch.last_sale_date) as varchar),
            'freshness_tier', max(batch.freshness_tier),
            'is_inferred', bool_or(batch.is_inferred),
            'demand_until_pieces', max(batch.demand_until_pieces),
            'at_risk_pieces', sum(batch.at_risk_pieces),
            'cautious_at_risk_pieces', sum(batch.cautious_at_risk_pieces)
        ) as arithmetic
    from health
    inner join {{ ref('freshness') }} as batch
        on
            health.distributor_code = batch.distributor_code
            and health.sku_code = batch.sku_code
            and health.week_start_date = batch.week_start_date
    where batch.at_risk_pieces > 0
    group by health.distributor_code, health.sku_code, batch.batch_no

),

perhaps_not_there as (

    select
        'stock_phantom' as alert_type,
        distributor_code,
        sku_code,
        '' as batch_no,
        good_stock_pieces as quantity_pieces,
        phantom_risk_amount as value_at_risk_amount,
        'Perhaps not there' as title_en,
        '可能虚库存' as title_zh,
        'Recount, do not order; the books say' as action_en,
        '复盘，勿补订；账面' as action_zh,
        json_object(
            'good_stock_pieces', good_stock_pieces,
            'unsold_weeks', unsold_weeks,
            'unsold_chance_ratio', round(unsold_chance_ratio, 5),
            'supply_demand_pieces', supply_demand_pieces
        ) as arithmetic
    from health
    where is_phantom

),

sent_too_much as (

    select
        'stock_pushed' as alert_type,
        distributor_code,
        sku_code,
        '' as batch_no,
        good_stock_pieces + coalesce(inbound_pieces, 0) - coalesce(order_up_to_pieces, 0)
            as quantity_pieces,
        cast(null as decimal(18, 2)) as value_at_risk_amount,
        'Sent far more than it sells' as title_en,
        '压货' as title_zh,
        'Order nothing until stock is back to what is wanted; above it' as action_en,
        '库存回到目标前暂停订货；高出' as action_zh,
        json_object(
            'sellin_pieces', sellin_pieces,
            'sellout_pieces', sellout_pieces,
            'good_stock_pieces', good_stock_pieces,
            'inbound_pieces', inbound_pieces,
            'order_up_to_pieces', order_up_to_pieces,
            'cover_weeks', round(cover_weeks, 1)
        ) as arithmetic
    from health
    where is_pushed

),

found as (

    select * from out_of_stock
    union all
    select * from running_out
    union all
    select * from too_much
    union all
    select * from expiring
    union all
    select * from perhaps_not_there
    union all
    select * from sent_too_much

)

select
    md5(concat_ws('|', found.alert_type, found.distributor_code, found.sku_code, found.batch_no))
        as alert_key,
    found.alert_type,
    'stock' as area,
    case
        when found.alert_type in ('stock_oos', 'stock_risk', 'stock_expiry') then 'high'
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
