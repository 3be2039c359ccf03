-- Distribution, rate of sale, price, mix and what is new or gone are worked out again at each node.
with

bar as (

    select * from {{ ref('sales_bridge') }}
    where is_additive

),

whole as (

    select
        period_start_date,
        bar,
        bar_amount
    from bar
    where period_type = 'year' and node_type = 'region' and item_level = 'all'

),

parts as (

    select
        cast(date_trunc('year', period_start_date) as date) as period_start_date,
        period_type,
        node_type,
        item_level,
        bar,
        sum(bar_amount) as bar_amount
    from bar
    group by
        cast(date_trunc('year', period_start_date) as date), period_type, node_type, item_level, bar

)

select
    parts.*,
    whole.bar_amount as whole_amount
from parts
full join whole
    on parts.period_start_date = whole.period_start_date and parts.bar = whole.bar
where parts.bar_amount is distinct from whole.bar_amount
