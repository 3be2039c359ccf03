-- The plan as its owners wrote it: a base and the blocks that are to be added to it.
with

budget as (

    select * from {{ ref('fct_budget') }}
    where is_in_force

)

select
    budget_version,
    budget_month as month_start_date,
    coalesce(city, 'UNKNOWN') as city,
    coalesce(channel, 'UNKNOWN') as channel,
    coalesce(sku_code, 'UNKNOWN') as sku_code,
    block,
    block != 'promotion' as is_in_baseline,
    owner_role,
    evidence,
    probability_ratio,
    cast(volume_pieces as decimal(18, 3)) as plan_pieces,
    -- a block planned in pieces alone brings no amount
    cast(coalesce(nsv_amount, 0) as decimal(18, 2)) as plan_nsv_amount,
    -- a block nobody gave a probability is planned as certain
    cast(round(coalesce(nsv_amount, 0) * coalesce(probability_ratio, 1), 2) as decimal(18, 2))
        as expected_nsv_amount
from budget
