-- An outlet has one city, channel, distributor and so on at a time, UNKNOWN included, so every kind
-- of node adds up to the region.
with

node_month as (

    select
        month_start_date,
        node_type,
        block as measure,
        block_num as numerator,
        block_den as denominator
    from {{ ref('bbx_node_month') }}
    union all
    select
        month_start_date,
        node_type,
        'must_sell ' || basis as measure,
        must_sell_num as numerator,
        must_sell_den as denominator
    from {{ ref('must_sell') }}
    union all
    select
        month_start_date,
        node_type,
        'msl_handling ' || basis as measure,
        msl_handling_num as numerator,
        msl_handling_den as denominator
    from {{ ref('must_sell') }}

),

total as (

    select
        month_start_date,
        measure,
        node_type,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from node_month
    group by month_start_date, measure, node_type

)

select
    part.month_start_date,
    part.measure,
    part.node_type,
    part.numerator,
    region.numerator as region_numerator,
    part.denominator,
    region.denominator as region_denominator
from total as part
left join total as region
    on
        part.month_start_date = region.month_start_date
        and part.measure = region.measure
        and region.node_type = 'region'
where
    part.numerator is distinct from region.numerator
    or part.denominator is distinct from region.denominator
