-- Alerts day by day: the boards readers saw, and what the data show today.
with

kept as (

    select
        alert_key,
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
    from {{ ref('stg_alert_board') }}
    where as_of_date < {{ as_of() }}

),

today as (

    select * from {{ ref('int_alert_stock') }}
    union all
    select * from {{ ref('int_alert_feed') }}
    union all
    select * from {{ ref('int_alert_forecast') }}
    union all
    select * from {{ ref('int_alert_execution') }}
    union all
    select * from {{ ref('int_alert_patrol') }}
    union all
    select * from {{ ref('int_alert_finance') }}

)

select * from kept
union all by name
select * from today
