-- Horizontal: the list of alerts and the mart they come from tell the same money.
with

alerted as (

    select
        entity_code,
        sku_code,
        case
            when alert_type = 'stock_oos' then 'oos'
            when alert_type in ('stock_over', 'stock_dead') then 'excess'
        end as kind,
        value_at_risk_amount
    from {{ ref('alert') }}
    where
        alert_type in ('stock_oos', 'stock_over', 'stock_dead')
        -- what went away is worth what it was worth then
        and last_seen_date = as_of_date

),

valued as (

    select
        distributor_code,
        sku_code,
        case when is_oos then 'oos' else 'excess' end as kind,
        case when is_oos then oos_risk_amount else excess_risk_amount end as value_at_risk_amount
    from {{ ref('stock_health') }}
    where is_latest and (is_oos or is_over or is_dead)

)

select
    coalesce(alerted.entity_code, valued.distributor_code) as distributor_code,
    coalesce(alerted.sku_code, valued.sku_code) as sku_code,
    alerted.value_at_risk_amount as alerted_amount,
    valued.value_at_risk_amount as valued_amount
from alerted
full join valued
    on
        alerted.entity_code = valued.distributor_code
        and alerted.sku_code = valued.sku_code
        and alerted.kind = valued.kind
where
    alerted.entity_code is null
    or valued.distributor_code is null
    or alerted.value_at_risk_amount is distinct from valued.value_at_risk_amount
