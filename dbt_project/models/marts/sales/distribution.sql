with

member as (

    select * from {{ ref('int_distribution_node_outlet') }}

),

handled as (

    select * from {{ ref('int_distribution_handled') }}

),

-- Sales are known of every outlet, so their denominator depends on the node alone; ...
base as (

    select
        week_start_date,
        node_type,
        node_code,
        count(*) filter (where is_in_universe) as base_count,
        sum(weight_amount) as base_amount,
        coalesce(sum(weight_amount) filter (where is_weight_imputed), 0) as imputed_amount
    from member
    group by week_start_date, node_type, node_code

),

sold as (

    select
        member.week_start_date,
        member.node_type,
        member.node_code,
        handled.item_level,
        handled.item_code,
        handled.basis,
        count(*) filter (where member.is_in_universe) as outlet_count,
        coalesce(sum(member.weight_amount), 0) as weight_amount
    from handled
    inner join member
        on
            handled.week_start_date = member.week_start_date
            and handled.outlet_code = member.outlet_code
    where handled.basis = 'selling'
    group by
        member.week_start_date,
        member.node_type,
        member.node_code,
        handled.item_level,
        handled.item_code,
        handled.basis

),

-- ... what was looked for is known where somebody looked, so only those outlets are a base
looked_for as (

    select
        member.week_start_date,
        member.node_type,
        member.node_code,
        handled.item_level,
        handled.item_code,
        handled.basis,
        count(*) filter (where handled.is_handled and member.is_in_universe) as outlet_count,
        coalesce(sum(member.weight_amount) filter (where handled.is_handled), 0) as weight_amount,
        count(*) filter (where member.is_in_universe) as base_count,
        sum(member.weight_amount) as base_amount,
        coalesce(sum(member.weight_amount) filter (where member.is_weight_imputed), 0)
            as imputed_amount
    from handled
    inner join member
        on
            handled.week_start_date = member.week_start_date
            and handled.outlet_code = member.outlet_code
    where handled.basis != 'selling'
    group by
        member.week_start_date,
        member.node_type,
        member.node_code,
        handled.item_level,
        handled.item_code,
        handled.basis

),

compared as (

    select
        sold.*,
        base.base_count,
        base.base_amount,
        base.imputed_amount
    from sold
    inner join base
        on
            sold.week_start_date = base.week_start_date
            and sold.node_type = base.node_type
            and sold.node_code = base.node_code
    union all by name
    select * from looked_for

),

exact as (

    select
        * replace (
            cast(weight_amount as decimal(18, 2)) as weight_amount,
            cast(base_amount as decimal(18, 2)) as base_amount,
            cast(imputed_amount as decimal(18, 2)) as imputed_amount
        )
    from compared

)

select
    week_start_date,
    node_type,
    node_code,
    item_level,
    item_code,
    basis,
    outlet_count as numeric_distribution_num,
    base_count as numeric_distribution_den,
    {{ safe_ratio('outlet_count', 'base_count') }} as numeric_distribution_ratio,
    case when base_amount > 0 then weight_amount end as weighted_distribution_num,
    case when base_amount > 0 then base_amount end as weighted_distribution_den,
    case when base_amount > 0 then {{ safe_ratio('weight_amount', 'base_amount') }} end
        as weighted_distribution_ratio,
    {{ safe_ratio('imputed_amount', 'base_amount') }} as imputed_weight_ratio,
    case
        when base_count = 0 then 'no_base'
        when coalesce(base_amount, 0) = 0 then 'no_weight'
        else 'ok'
    end as status
from exact
