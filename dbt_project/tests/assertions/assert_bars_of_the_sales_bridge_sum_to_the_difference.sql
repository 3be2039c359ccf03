with

bridge as (

    select * from {{ ref('sales_bridge') }}

)

select
    period_type,
    period_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    sum(case when bar = 'this_year' then -bar_amount else bar_amount end) as residual_amount,
    count(*) as bars
from bridge
group by period_type, period_start_date, node_type, node_code, item_level, item_code
having
    sum(case when bar = 'this_year' then -bar_amount else bar_amount end) != 0
    or count(*) != 12
