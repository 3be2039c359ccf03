-- Where every outlet of a node weighs the same, counting outlets and weighing them is one.
with

node as (

    select
        week_start_date,
        node_type,
        node_code
    from {{ ref('int_distribution_node_outlet') }}
    where is_in_universe
    group by week_start_date, node_type, node_code
    having min(weight_amount) = max(weight_amount) and count(weight_amount) = count(*)

)

select
    distribution.week_start_date,
    distribution.node_type,
    distribution.node_code,
    distribution.item_level,
    distribution.item_code,
    distribution.basis,
    distribution.numeric_distribution_ratio,
    distribution.weighted_distribution_ratio
from {{ ref('distribution') }} as distribution
inner join node
    on
        distribution.week_start_date = node.week_start_date
        and distribution.node_type = node.node_type
        and distribution.node_code = node.node_code
where
    distribution.weighted_distribution_den > 0
    and abs(distribution.numeric_distribution_ratio - distribution.weighted_distribution_ratio)
    > 1e-9
