with

-- the last month claims were reported for, and the two before
recent as (

    select max(month_start_date) as last_month
    from {{ ref('trade_spend') }}
    where month_start_date <= {{ as_of() }}

),

over_spent as (

    select
        spend.month_start_date,
        spend.distributor_code,
        spend.claimed_amount,
        spend.trade_spend_den,
        spend.trade_spend_ratio,
        threshold.trade_spend_high_ratio,
        spend.claimed_amount - threshold.trade_spend_high_ratio * spend.trade_spend_den
            as over_amount
    from {{ ref('trade_spend') }} as spend
    cross join recent
    cross join {{ ref('int_threshold_applied') }} as threshold
    where
        spend.claim_type = 'all'
        and spend.month_start_date <= recent.last_month
        and spend.month_start_date > recent.last_month - to_months(3)
        and spend.claimed_amount > threshold.trade_spend_high_ratio * spend.trade_spend_den

)

select
    md5(concat_ws(
        '|',
        'trade_spend_over',
        over_spent.distributor_code,
        cast(over_spent.month_start_date as varchar)
    )) as alert_key,
    'trade_spend_over' as alert_type,
    'finance' as area,
    'medium' as severity,
    'distributor' as entity_type,
    over_spent.distributor_code as entity_code,
    coalesce(distributor.distributor_name, over_spent.distributor_code) as entity_name,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as batch_no,
    strftime(over_spent.month_start_date, '%Y-%m') as period,
    'Trade spend above the limit: ' || strftime(over_spent.month_start_date, '%Y-%m') as title_en,
    '费用率超限：' || strftime(over_spent.month_start_date, '%Y-%m') as title_zh,
    'Check the claims before approval; above the limit by '
    || cast(cast(over_spent.over_amount as decimal(18, 2)) as varchar) as action_en,
    '审批前核对费用；超限 ' || cast(cast(over_spent.over_amount as decimal(18, 2)) as varchar)
        as action_zh,
    cast(null as decimal(18, 3)) as quantity_pieces,
    cast(over_spent.over_amount as decimal(18, 2)) as value_at_risk_amount,
    cast(json_object(
        'claimed_amount', over_spent.claimed_amount,
        'sellout_net_amount', over_spent.trade_spend_den,
        'trade_spend_high_ratio', over_spent.trade_spend_high_ratio,
        'over_amount', cast(over_spent.over_amount as decimal(18, 2))
    ) as varchar) as arithmetic,
    'finance' as owner_role,
    {{ as_of() }} + 5 as due_date,
    {{ as_of() }} as as_of_date
from over_spent
left join {{ ref('dim_distributor') }} as distributor
    on
        over_spent.distributor_code = distributor.distributor_code
        and distributor.is_current
