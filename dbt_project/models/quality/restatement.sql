-- What a later file changed of what was reported before: rows, quantity and amount, old and new.
with

delivery as (

    select * from {{ source('landing', 'delivery') }}

),

restatement as (

    select * from {{ source('landing', 'restatement') }}

),

replaced as (

    select
        delivery_id,
        count(*) as deliveries_replaced,
        cast(sum(rows_replaced) as bigint) as rows_before,
        cast(sum(quantity_replaced) as decimal(18, 3)) as quantity_before,
        cast(sum(amount_replaced) as decimal(18, 2)) as amount_before
    from restatement
    group by delivery_id

)

select
    delivery.delivery_id,
    delivery.sender,
    delivery.feed,
    delivery.period,
    delivery.version,
    delivery.file_name,
    delivery.received_at,
    coalesce(delivery.known_from, delivery.received_at) as restated_at,
    coalesce(delivery.hold_rule = 'closed_period', false) as is_of_closed_period,
    replaced.deliveries_replaced,
    replaced.rows_before,
    delivery.rows_loaded as rows_after,
    replaced.quantity_before,
    delivery.quantity_loaded as quantity_after,
    cast(delivery.quantity_loaded - replaced.quantity_before as decimal(18, 3)) as quantity_change,
    replaced.amount_before,
    delivery.amount_loaded as amount_after,
    cast(delivery.amount_loaded - replaced.amount_before as decimal(18, 2)) as amount_change,
    {{
        safe_ratio(
            'delivery.amount_loaded - replaced.amount_before', 'abs(replaced.amount_before)'
        )
    }} as amount_change_ratio
from replaced
inner join delivery on replaced.delivery_id = delivery.delivery_id
