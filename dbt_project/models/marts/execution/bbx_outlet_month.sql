with

counted as (

    select
        outlet_code,
        cast(date_trunc('month', visit_date) as date) as month_start_date,
        visit_date,
        channel,
        block,
        block_num,
        block_den,
        price_deviation_num,
        price_deviation_den
    from {{ ref('int_visit_block') }}
    where is_counted

),

observed as (

    select
        outlet_code,
        month_start_date,
        block,
        count(*) as visit_count,
        max(visit_date) as last_visit_date,
        cast(sum(block_num) as decimal(18, 6)) as block_num,
        cast(sum(block_den) as decimal(18, 6)) as block_den,
        cast(sum(price_deviation_num) as decimal(18, 6)) as price_deviation_num,
        cast(sum(price_deviation_den) as bigint) as price_deviation_den
    from counted
    group by outlet_code, month_start_date, block

),

-- the score of a month is told by what the outlet was on its last visit
last_visit as (

    select
        outlet_code,
        month_start_date,
        max(visit_date) as last_visit_date,
        count(distinct visit_date) as visit_count,
        max_by(channel, visit_date) as channel
    from counted
    group by outlet_code, month_start_date

),

scorable as (

    select
        observed.outlet_code,
        observed.month_start_date,
        observed.block,
        observed.block_num,
        observed.block_den,
        last_visit.last_visit_date,
        last_visit.visit_count,
        last_visit.channel
    from observed
    inner join last_visit
        on
            observed.outlet_code = last_visit.outlet_code
            and observed.month_start_date = last_visit.month_start_date

),

weighed as (

    {{ with_score_weight('scorable', ['outlet_code', 'month_start_date'], 'last_visit_date') }}

),

scored as (

    select
        outlet_code,
        month_start_date,
        'perfect_store' as block,
        visit_count,
        last_visit_date,
        {{ perfect_store_num() }} as block_num,
        {{ perfect_store_den() }} as block_den
    from weighed
    group by outlet_code, month_start_date, visit_count, last_visit_date
    having sum(weight) > 0

),

known as (

    select distinct outlet_code
    from {{ ref('int_visit') }}
    where is_known

),

-- the unknown outlet of a sender is many outlets: none of them can pass
passed as (

    select
        weighed.outlet_code,
        weighed.month_start_date,
        'pass_all' as block,
        weighed.visit_count,
        weighed.last_visit_date,
        cast(
            bool_and(weighed.block_num >= weighed.target_ratio * weighed.block_den)
            as decimal(18, 6)
        ) as block_num,
        cast(1 as decimal(18, 6)) as block_den
    from weighed
    semi join known on weighed.outlet_code = known.outlet_code
    where weighed.target_ratio is not null
    group by
        weighed.outlet_code,
        weighed.month_start_date,
        weighed.visit_count,
        weighed.last_visit_date

),

block as (

    select * from observed
    union all by name
    select * from scored
    union all by name
    select * from passed

)

select
    outlet_code,
    month_start_date,
    block,
    visit_count,
    last_visit_date,
    block_num,
    block_den,
    {{ safe_ratio('block_num', 'block_den') }} as block_ratio,
    price_deviation_num,
    price_deviation_den,
    {{ safe_ratio('price_deviation_num', 'price_deviation_den') }} as price_deviation_ratio
from block
