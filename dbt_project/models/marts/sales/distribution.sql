with

member as (

    select * from {{ ref('int_distribution_node_outlet') }}

),

-- An outlet handles what it bought that week, from whichever distributor.
handled_sku as (

    select
        week_start_date,
        outlet_code,
        sku_code
    from {{ ref('int_sellout_outlet_sku_week') }}
    where sale_quantity_pieces > 0
    group by week_start_date, outlet_code, sku_code

),

handled as (

    select
        week_start_date,
        outlet_code,
        'sku' as item_level,
        sku_code as item_code
    from handled_sku
    union all
    -- distinct: the brand is the union of its SKUs, not their sum
    select distinct
        handled_sku.week_start_date,
        handled_sku.outlet_code,
        'brand' as item_level,
        sku.brand as item_code
    from handled_sku
    inner join {{ ref('dim_sku') }} as sku
        on handled_sku.sku_code = sku.sku_code and sku.is_current
    where sku.brand is not null
    union all
    select distinct
        week_start_date,
        outlet_code,
        'all' as item_level,
        'all' as item_code
    from handled_sku

),

-- The denominator depends on the node alone.
base as (

    select
        week_start_date,
        node_type,
        node_code,
        count(*) filter (where is_in_universe) as outlet_count,
        cast(sum(weight_amount) as decimal(18, 2)) as weight_amount,
        cast(coalesce(sum(weight_amount) filter (where is_weight_imputed), 0) as decimal(18, 2))
            as imputed_weight_amount
    from member
    group by week_start_date, node_type, node_code

),

counted as (

    select
        member.week_start_date,
        member.node_type,
        member.node_code,
        handled.item_level,
        handled.item_code,
        count(*) filter (where member.is_in_universe) as outlet_count,
        cast(coalesce(sum(member.weight_amount), 0) as decimal(18, 2)) as weight_amount
    from handled
    inner join member
        on
            handled.week_start_date = member.week_start_date
            and handled.outlet_code = member.outlet_code
    group by
        member.week_start_date,
        member.node_type,
        member.node_code,
        handled.item_level,
        handled.item_code

)

select
    counted.week_start_date,
    counted.node_type,
    counted.node_code,
    counted.item_level,
    counted.item_code,
    'selling' as basis,
    counted.outlet_count as numeric_distribution_num,
    base.outlet_count as numeric_distribution_den,
    {{ safe_ratio('counted.outlet_count', 'base.outlet_count') }} as numeric_distribution_ratio,
    case when base.weight_amount > 0 then counted.weight_amount end as weighted_distribution_num,
    case when base.weight_amount > 0 then base.weight_amount end as weighted_distribution_den,
    case
        when base.weight_amount > 0
            then {{ safe_ratio('counted.weight_amount', 'base.weight_amount') }}
    end as weighted_distribution_ratio,
    {{ safe_ratio('base.imputed_weight_amount', 'base.weight_amount') }} as imputed_weight_ratio,
    case
        when base.outlet_count = 0 then 'no_base'
        when coalesce(base.weight_amount, 0) = 0 then 'no_weight'
        else 'ok'
    end as status
from counted
inner join base
    on
        counted.week_start_date = base.week_start_date
        and counted.node_type = base.node_type
        and counted.node_code = base.node_code
