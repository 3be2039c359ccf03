-- Whose figures a sender reports: seen in its rows, and its own code where it is a distributor's.
with

seen as (

    select distinct
        'sellout' as feed,
        _delivery_id,
        distributor_code
    from {{ ref('fct_sellout_line') }}
    union all
    select distinct
        'stock' as feed,
        _delivery_id,
        distributor_code
    from {{ ref('fct_stock_snapshot') }}
    union all
    select distinct
        'claim' as feed,
        _delivery_id,
        distributor_code
    from {{ ref('fct_claim_line') }}
    union all
    select distinct
        'movement' as feed,
        _delivery_id,
        distributor_code
    from {{ ref('fct_stock_movement') }}
    union all
    select distinct
        'receivable' as feed,
        _delivery_id,
        distributor_code
    from {{ ref('fct_ar_item') }}

)

select
    seen.feed,
    delivery.sender,
    seen.distributor_code
from seen
inner join {{ source('landing', 'delivery') }} as delivery
    on seen._delivery_id = delivery.delivery_id
union
select
    arrival.feed,
    arrival.sender,
    distributor.distributor_code
from {{ ref('int_feed_arrival') }} as arrival
inner join {{ ref('dim_distributor') }} as distributor
    on arrival.sender = distributor.distributor_code and distributor.is_current
