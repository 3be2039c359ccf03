-- What counts of the visits, what stands in the outlets' months and what the region has is one.
with

visit as (

    select
        cast(date_trunc('month', visit_date) as date) as month_start_date,
        block,
        sum(block_num) as block_num,
        sum(block_den) as block_den
    from {{ ref('bbx_visit') }}
    -- the score of a month is not the sum of those of its visits
    where is_counted and block != 'perfect_store'
    group by cast(date_trunc('month', visit_date) as date), block

),

outlet as (

    select
        month_start_date,
        block,
        sum(block_num) as block_num,
        sum(block_den) as block_den
    from {{ ref('bbx_outlet_month') }}
    group by month_start_date, block

),

region as (

    select * from {{ ref('bbx_node_month') }}
    where node_type = 'region'

)

select
    region.month_start_date,
    region.block,
    region.block_num,
    outlet.block_num as outlet_block_num,
    visit.block_num as visit_block_num
from region
full outer join outlet
    on
        region.month_start_date = outlet.month_start_date
        and region.block = outlet.block
full outer join visit
    on
        region.month_start_date = visit.month_start_date
        and region.block = visit.block
where
    region.block_num is distinct from outlet.block_num
    or region.block_den is distinct from outlet.block_den
    or (
        region.block not in ('perfect_store', 'pass_all')
        and (
            region.block_num is distinct from visit.block_num
            or region.block_den is distinct from visit.block_den
        )
    )
