-- Every outlet lies in one city, channel, banner and so on, so where a level is known its counts
-- and weights add up to the whole.
with

distribution as (

    select * from {{ ref('distribution') }}

),

region as (

    select
        week_start_date,
        item_level,
        item_code,
        basis,
        numeric_distribution_num,
        coalesce(weighted_distribution_num, 0) as weighted_distribution_num
    from distribution
    where node_type = 'region' and numeric_distribution_num > 0

),

parts as (

    select
        week_start_date,
        node_type,
        item_level,
        item_code,
        basis,
        sum(numeric_distribution_num) as numeric_distribution_num,
        coalesce(sum(weighted_distribution_num), 0) as weighted_distribution_num
    from distribution
    where node_type in ('city', 'channel', 'province', 'banner', 'outlet_class')
    group by week_start_date, node_type, item_level, item_code, basis

)

select
    region.week_start_date,
    region.item_level,
    region.item_code,
    region.basis,
    parts.node_type,
    region.numeric_distribution_num,
    parts.numeric_distribution_num as sum_of_parts
from region
left join parts
    on
        region.week_start_date = parts.week_start_date
        and region.item_level = parts.item_level
        and region.item_code = parts.item_code
        and region.basis = parts.basis
where
    parts.node_type is null
    or region.numeric_distribution_num != parts.numeric_distribution_num
    or region.weighted_distribution_num != parts.weighted_distribution_num
