with

observed as (

    select * from {{ ref('int_visit_block') }}

),

weighed as (

    {{ with_score_weight('observed', ['visit_id', 'visit_date', 'outlet_code'], 'visit_date') }}

),

scored as (

    select
        visit_id,
        visit_date,
        outlet_code,
        'perfect_store' as block,
        bool_or(is_counted) as is_counted,
        {{ perfect_store_num() }} as block_num,
        {{ perfect_store_den() }} as block_den
    from weighed
    group by visit_id, visit_date, outlet_code
    having sum(weight) > 0

),

block as (

    select * exclude (channel) from observed
    union all by name
    select * from scored

)

select
    visit_id,
    visit_date,
    outlet_code,
    block,
    is_counted,
    block_num,
    block_den,
    {{ safe_ratio('block_num', 'block_den') }} as block_ratio,
    price_deviation_num,
    price_deviation_den,
    {{ safe_ratio('price_deviation_num', 'price_deviation_den') }} as price_deviation_ratio
from block
