-- Every sale lies in one node of each kind and in one item of each level, so sales of both years
-- add up to the whole whichever way they are cut.
with

growth as (

    select
        *,
        coalesce(yoy_iso_den, 0) as iso_amount,
        coalesce(yoy_festival_den, 0) as festival_amount
    from {{ ref('growth_week') }}

),

whole as (

    select *
    from growth
    where node_type = 'region' and item_level = 'all'

),

parts as (

    select
        week_start_date,
        node_type,
        item_level,
        sum(net_amount) as net_amount,
        sum(return_amount) as return_amount,
        sum(sold_pieces) as sold_pieces,
        sum(iso_amount) as iso_amount,
        sum(festival_amount) as festival_amount
    from growth
    group by week_start_date, node_type, item_level

)

select
    parts.week_start_date,
    parts.node_type,
    parts.item_level
from parts
full join whole on parts.week_start_date = whole.week_start_date
where
    (
        parts.net_amount,
        parts.return_amount,
        parts.sold_pieces,
        parts.iso_amount,
        parts.festival_amount
    )
    is distinct from (
        whole.net_amount,
        whole.return_amount,
        whole.sold_pieces,
        whole.iso_amount,
        whole.festival_amount
    )
